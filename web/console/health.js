/* How the system is: each service, what is asked of it and how quickly it answers, what waits, who is connected. Looks every two
 * seconds, while it is on the screen. */
import { isAway, setAway } from "./api.js";
import { chart } from "./chart.js";
import { every, field, fill, h } from "./dom.js";
import { Processes } from "./figures.js";
import { anybody } from "./people.js";

const EVERY_MS = 2000;
const ALL = "";
const NAMES = { gateway: "Gateway", user: "User", matching: "Matching", booking: "Booking", venue: "Venues", faceauth: "Face check", chat: "Chat" };
const KEYS = { gateway: "gateway", user_service: "user", match_service: "matching", booking_service: "booking", venue_service: "venue", faceauth_service: "faceauth", chat_service: "chat" };
const QUEUES = ["write", "compute", "media", "database"];

async function read(path) {
  const person = anybody();
  const headers = person ? { Authorization: `Bearer ${person.token}` } : {};
  const reply = await fetch(path, { headers, cache: "no-store" });
  const text = await reply.text();
  let json = null;
  try { json = JSON.parse(text); } catch { /* a proxy's page */ }
  return { ok: reply.ok, status: reply.status, json };
}

const short = (value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(2)));

function tile(name, state, detail, speed) {
  const figures = speed && speed.rate !== null ? [`${short(speed.rate)}/s`, ...(speed.p50 === null ? [] : [`p50 ${short(speed.p50)} ms`, `p99 ${short(speed.p99)} ms`])] : null;
  return h("li", { class: "tile", data: { state } }, h("span", { class: "tile-name" }, name), h("span", { class: "pill", data: { state } }, detail), figures ? h("span", { class: "hint tile-speed" }, figures.map((text) => [h("span", {}, text), " "])) : null);
}

export default function health() {
  const tiles = h("ul", { class: "tiles" });
  const rate = chart("Requests a second", ["requests"]);
  const times = chart("Time to answer", ["p50", "p99"], " ms");
  const queues = chart("Jobs that wait", QUEUES);
  const sockets = chart("Connected", ["live sockets", "connections"]);
  const everyChart = [rate, times, queues, sockets];
  const of = field("Charts of", { value: ALL }, [[ALL, "all services"], ...Object.entries(NAMES)]);
  const charts = h("div", { class: "stack" }, h("div", { class: "row" }, of.element), h("div", { class: "charts" }, everyChart.map((c) => c.element)));
  const note = h("p", { class: "notice", data: { kind: "warn" }, hidden: true, role: "status" });
  const waiting = h("div", {});
  const facts = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Processes" });
  const processes = new Processes();

  const show = () => { for (const each of everyChart) each.show(of.input.value); };
  of.input.addEventListener("change", show);

  function drawTiles(answer, ready) {
    const rows = answer ? [["gateway", answer.gateway === "healthy"], ...Object.entries(answer.services).map(([key, { status }]) => [KEYS[key] ?? key, status === "healthy"])]
      : Object.keys(NAMES).map((service) => [service, false]);
    const drawn = rows.map(([service, well]) => tile(NAMES[service] ?? service, well ? "good" : "bad", well ? "healthy" : answer ? "down" : "no answer", answer && processes.speed(service)));
    const face = ready?.face_model;
    if (face) drawn.push(tile("Face model", face === "installed" ? "good" : "warn", face.replaceAll("_", " ")));
    if (ready?.store && ready.store !== "none") drawn.push(tile("Store", ready.store === "healthy" ? "good" : "bad", ready.store));
    fill(tiles, drawn);
  }

  function drawWaiting() {
    const rows = processes.waiting().slice(0, 12);
    const most = Math.max(1, ...rows.map((row) => row.people));
    fill(waiting, rows.length ? h("table", { class: "queues" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Seeking"), h("th", { scope: "col", class: "number" }, "Waiting"), h("th", {}, h("span", { class: "sr" }, "as a bar")))),
      h("tbody", {}, rows.map((row) => h("tr", {}, h("td", {}, row.seeking || "–"), h("td", { class: "number" }, String(row.people)),
        h("td", {}, h("span", { class: "bar", css: { width: `${(100 * row.people) / most}%` } })))))) : h("p", { class: "empty" }, "Nobody waits for a match."));
  }

  function drawFacts() {
    const head = ["Services", "Where", "Version", "Store", "Requests", "MiB"];
    const named = (services) => (services.length === Object.keys(NAMES).length ? "all seven" : services.map((s) => NAMES[s] ?? s).join(", "));
    fill(facts, h("table", {}, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, processes.facts().map((p) => h("tr", {}, [named(p.services), p.address ?? "this address", p.version, p.store, p.requests, p.mib].map((value) => h("td", {}, String(value ?? "–"))))))));
  }

  function drawMetrics(rows, now) {
    processes.take(rows, now);
    for (const view of [ALL, ...Object.keys(NAMES)]) {
      const service = view === ALL ? null : view;
      const speed = processes.speed(service);
      const load = processes.load(service);
      if (speed.rate !== null) {
        rate.push(now / 1000, [speed.rate], view);
        times.push(now / 1000, [speed.p50, speed.p99], view);
      }
      queues.push(now / 1000, load.queues, view);
      sockets.push(now / 1000, [load.sockets, load.connections], view);
    }
    show();
    drawWaiting();
    drawFacts();
  }

  /** What cannot be charted, and why. */
  function tellMissing(metrics) {
    const silent = metrics.ok ? metrics.json.filter((row) => row.status === 401 || row.status === 403) : [];
    note.hidden = metrics.ok && !silent.length;
    charts.hidden = !metrics.ok;
    if (silent.length) note.textContent = `Services on other machines tell their figures to admins only: ${[...new Set(silent.map((row) => NAMES[row.service] ?? row.service))].join(", ")}. Sign in on the Admin page.`;
    else if (!metrics.ok) note.textContent = metrics.status === 403 || metrics.status === 401 ? "The charts need an admin here: sign in on the Admin page." : "This server tells no figures, so there is nothing to chart.";
    if (!metrics.ok) fill(waiting, h("p", { class: "empty" }, "The queues are read from the services' figures."));
  }

  async function lookOnce() {
    const [well, ready, metrics] = await Promise.all([read("/health"), read("/health/ready"), read("/metrics/processes")]);
    setAway(false);
    if (metrics.ok) drawMetrics(metrics.json, Date.now());
    drawTiles(well.json, ready.json);
    tellMissing(metrics);
  }

  const look = every(EVERY_MS, async () => {
    if (document.hidden || isAway()) return;
    try { await lookOnce(); } catch (error) { if (!(error instanceof TypeError)) throw error; setAway(true); drawTiles(null, null); }
  });

  const element = h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "Health"), h("p", { class: "lead" }, "What the services say of themselves, every two seconds."))),
    h("section", { "aria-label": "Services" }, tiles), note, charts,
    h("div", { class: "charts" }, h("section", { class: "card" }, h("h2", {}, "Matching queues"), waiting), h("section", { class: "card" }, h("h2", {}, "Processes"), facts)));
  fill(tiles, h("li", { class: "tile" }, "Asking…"));
  return { element, enter: look.start, leave: look.stop };
}
