/* How the system is: each service, what is asked of it and how quickly it answers, what waits, who is connected. Looks every two
 * seconds, while it is on the screen. */
import { isAway, setAway } from "./api.js";
import { chart } from "./chart.js";
import { fill, h } from "./dom.js";
import { all, parse, quantile, sum } from "./metrics.js";
import { anybody } from "./people.js";

const EVERY_MS = 2000;
const REQUESTS = "bookadate_http_request_duration_seconds";
const NAMES = { user_service: "User", match_service: "Matching", booking_service: "Booking", venue_service: "Venues", faceauth_service: "Face check", chat_service: "Chat" };

async function read(path) {
  const person = anybody();
  const headers = person ? { Authorization: `Bearer ${person.token}` } : {};
  const started = performance.now();
  const reply = await fetch(path, { headers, cache: "no-store" });
  const text = await reply.text();
  return { ok: reply.ok, status: reply.status, text, ms: performance.now() - started };
}

function tile(name, state, detail) {
  return h("li", { class: "tile", data: { state } }, h("span", { class: "tile-name" }, name), h("span", { class: "pill", data: { state } }, detail));
}

export default function health() {
  const tiles = h("ul", { class: "tiles" });
  const rate = chart("Requests a second", ["requests"]);
  const times = chart("Time to answer", ["p50", "p99"], " ms");
  const queues = chart("Jobs that wait", ["write", "compute", "media", "database"]);
  const sockets = chart("Connected", ["live sockets", "connections"]);
  const charts = h("div", { class: "charts" }, rate.element, times.element, queues.element, sockets.element);
  const note = h("p", { class: "notice", data: { kind: "warn" }, hidden: true, role: "status" });
  const waiting = h("div", {});
  const facts = h("dl", { class: "numbers" });
  let before = null;
  let timer = null;

  function drawTiles(answer, ready) {
    const rows = [["Gateway", answer?.gateway === "healthy"]];
    for (const [key, { status }] of Object.entries(answer?.services ?? {})) rows.push([NAMES[key] ?? key, status === "healthy"]);
    if (!answer) for (const name of Object.values(NAMES)) rows.push([name, false]);
    const drawn = rows.map(([name, well]) => tile(name, well ? "good" : "bad", well ? "healthy" : answer ? "down" : "no answer"));
    const face = ready?.face_model;
    if (face) drawn.push(tile("Face model", face === "installed" ? "good" : "warn", face.replaceAll("_", " ")));
    if (ready?.store) drawn.push(tile("Store", ready.store === "healthy" ? "good" : ready.store === "none" ? "" : "bad", ready.store));
    fill(tiles, drawn);
  }

  function drawWaiting(samples) {
    const rows = all(samples, "bookadate_matching_waiting").sort((a, b) => b.value - a.value).slice(0, 12);
    const most = Math.max(1, ...rows.map((row) => row.value));
    fill(waiting, rows.length ? h("table", { class: "queues" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Seeking"), h("th", { scope: "col", class: "number" }, "Waiting"), h("th", {}, h("span", { class: "sr" }, "as a bar")))),
      h("tbody", {}, rows.map((row) => h("tr", {}, h("td", {}, row.labels.seeking || "–"), h("td", { class: "number" }, String(row.value)),
        h("td", {}, h("span", { class: "bar", css: { width: `${(100 * row.value) / most}%` } })))))) : h("p", { class: "empty" }, "Nobody waits for a match."));
  }

  function drawMetrics(samples, now) {
    const at = { samples, now };
    const queue = (name) => all(samples, "bookadate_queue_waiting").find((s) => s.labels.queue === name)?.value ?? 0;
    if (before) {
      const seconds = (now - before.now) / 1000;
      rate.push(now / 1000, [Math.max(0, (sum(samples, `${REQUESTS}_count`) - sum(before.samples, `${REQUESTS}_count`)) / seconds)]);
      times.push(now / 1000, [0.5, 0.99].map((q) => { const s = quantile(before.samples, samples, REQUESTS, q); return s === null ? null : s * 1000; }));
    }
    queues.push(now / 1000, ["write", "compute", "media", "database"].map(queue));
    sockets.push(now / 1000, [sum(samples, "bookadate_websockets"), sum(samples, "bookadate_http_connections")]);
    drawWaiting(samples);
    const build = all(samples, "bookadate_build_info")[0]?.labels ?? {};
    const fact = (text, value) => (value === undefined || Number.isNaN(value) ? null : h("div", {}, h("dt", {}, text), h("dd", {}, String(value))));
    const bytes = sum(samples, "process_resident_memory_bytes");
    fill(facts, fact("version", build.version), fact("store", build.store), fact("event loops", sum(samples, "bookadate_loops") || undefined),
      fact("requests so far", sum(samples, `${REQUESTS}_count`)), fact("MiB in memory", bytes ? Math.round(bytes / 2 ** 20) : undefined));
    before = at;
  }

  async function lookOnce() {
    const [well, ready, metrics] = await Promise.all([read("/health"), read("/health/ready"), read("/metrics")]);
    setAway(false);
    const json = (reply) => { try { return JSON.parse(reply.text); } catch { return null; } };
    drawTiles(json(well), json(ready));
    note.hidden = metrics.ok;
    charts.hidden = !metrics.ok;
    if (metrics.ok) { drawMetrics(parse(metrics.text), Date.now()); return; }
    note.textContent = metrics.status === 403 || metrics.status === 401 ? "The charts need an admin here: sign in on the Admin page." : "This server gives no /metrics, so there is nothing to chart.";
    fill(waiting, h("p", { class: "empty" }, "The queues are read from /metrics."));
  }

  async function look() {
    if (!document.hidden && !isAway()) {
      try { await lookOnce(); } catch { setAway(true); drawTiles(null, null); }
    }
    if (timer !== null) timer = setTimeout(look, EVERY_MS);
  }

  const element = h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "Health"), h("p", { class: "lead" }, "What the services say of themselves, every two seconds."))),
    h("section", { "aria-label": "Services" }, tiles), note, charts,
    h("div", { class: "charts" }, h("section", { class: "card" }, h("h2", {}, "Matching queues"), waiting), h("section", { class: "card" }, h("h2", {}, "This process"), facts)));
  drawTiles({ gateway: "", services: {} }, null);
  fill(tiles, h("li", { class: "tile" }, "Asking…"));
  return { element, enter() { timer = 0; look(); }, leave() { clearTimeout(timer); timer = null; } };
}
