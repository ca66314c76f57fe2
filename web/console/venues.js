/* Venues: by city, one's week, what to make and how booked it is. */
import { call, callPages, cutShort, sentence } from "./api.js";
import { bulkForm } from "./bulk.js";
import { ghostLegend, week, weekPicture } from "./calendar.js";
import { button, busy, field, fill, h, notice } from "./dom.js";
import { exchangeLog } from "./log.js";
import { anybody, people } from "./people.js";
import { dayText, isoDay, monday, plusDays } from "./time.js";

const NEEDS = "Venues are read by those who are signed in: sign up as Alice or Bob on the Journey page, or as an admin.";

export default function venues() {
  const log = exchangeLog();
  const list = h("div", { class: "stack" });
  const detail = h("div", { class: "stack" });
  const cities = h("datalist", { id: "cities" });
  const city = field("City", { value: "", placeholder: "all cities", list: "cities" });
  const inactive = h("input", { type: "checkbox" });
  const state = { chosen: null, start: monday(isoDay(new Date())), slots: [], ghosts: [], loads: 0 };
  const askAll = (path, query) => callPages(anybody(), path, { query, log });
  const ask = (method, path, options) => call(anybody(), method, path, { ...options, log });
  const tell = (reply, good) => { notice(reply.ok ? good : sentence(reply), reply.ok ? "good" : "bad"); return reply; };

  async function load() {
    if (!anybody()) {
      fill(list, h("p", { class: "empty" }, NEEDS));
      fill(detail);
      return;
    }
    if (!list.childElementCount) fill(list, h("p", { class: "loading" }, "Loading venues…"));
    const turn = ++state.loads;
    const [reply, known] = await Promise.all([askAll("/venues/", { city: city.input.value, active_only: !inactive.checked, limit: 100 }), askAll("/venues/cities", { limit: 1000 })]);
    if (turn !== state.loads) return;
    if (known.ok) fill(cities, known.json.map((c) => h("option", { value: c.city }, `${c.venues} ${c.venues === 1 ? "venue" : "venues"}`)));
    if (!reply.ok) { fill(list, h("p", { class: "empty" }, sentence(reply))); return; }
    drawList(reply.json, cutShort(reply));
    if (!state.chosen && reply.json.length) choose(reply.json[0].id);
  }

  function drawList(rows, cut) {
    if (!rows.length) { fill(list, h("p", { class: "empty" }, city.input.value ? `No venue in ${city.input.value} yet.` : "No venues yet: create the first one below.")); return; }
    fill(list, h("ul", { class: "venue-list" }, rows.map((v) => h("li", {}, h("button", { type: "button", "aria-pressed": String(v.id === state.chosen), data: { id: v.id }, onclick: () => choose(v.id) },
      h("span", { class: "name" }, v.name), h("span", { class: "hint" }, `${v.city} · ${v.rating ? `★ ${v.rating.toFixed(1)}` : "no reviews"}${v.is_active ? "" : " · inactive"}`))))), cut && h("p", { class: "hint" }, `${cut} Name a city.`));
  }

  async function choose(id) {
    state.chosen = id;
    state.ghosts = [];
    const other = () => state.chosen !== id;
    for (const b of list.querySelectorAll("button[data-id]")) b.setAttribute("aria-pressed", String(Number(b.dataset.id) === id));
    const [venue, stats] = await Promise.all([ask("GET", `/venues/${id}`), ask("GET", `/venues/${id}/stats`)]);
    if (other()) return;
    if (!venue.ok) { fill(detail, h("p", { class: "empty" }, sentence(venue))); return; }
    await readSlots();
    if (!other()) drawDetail(venue.json, stats.json);
  }

  async function readSlots() {
    const { chosen } = state;
    const reply = await askAll(`/venues/${chosen}/timeslots`, { available_only: false, limit: 1000 });
    if (state.chosen === chosen) state.slots = reply.ok ? reply.json : [];
  }

  const calendar = h("div", { class: "stack" });

  function drawWeek() {
    const end = plusDays(state.start, 6);
    const sameYear = state.start.slice(0, 4) === end.slice(0, 4);
    const move = (days) => () => { state.start = plusDays(state.start, days); drawWeek(); };
    fill(calendar,
      h("div", { class: "row week-head" }, h("h2", { "aria-live": "polite" }, `${dayText(state.start)}${sameYear ? "" : ` ${state.start.slice(0, 4)}`} – ${dayText(end)} ${end.slice(0, 4)}`),
        h("div", { class: "row" }, h("button", { type: "button", class: "small", onclick: move(-7), "aria-label": "The week before" }, "‹"),
          h("button", { type: "button", class: "small", onclick: () => { state.start = monday(isoDay(new Date())); drawWeek(); } }, "This week"),
          h("button", { type: "button", class: "small", onclick: move(7), "aria-label": "The week after" }, "›"))),
      week(state.start, [...state.slots, ...state.ghosts], toggle), state.ghosts.length ? ghostLegend() : null, weekPicture(state.start, state.slots));
    const wide = calendar.querySelector(".scroll"); // where the week does not fit: today, else the first slot
    const from = wide?.querySelector("th[aria-current]") ?? wide?.querySelector(".slot")?.closest("td");
    if (from) wide.scrollLeft = from.offsetLeft;
  }

  async function toggle(slot) {
    if (slot.booked_by) { notice(`Booked by booking ${slot.booked_by}`, ""); return; }
    const reply = await ask("PUT", `/venues/timeslots/${slot.id}/${slot.available ? "mark-unavailable" : "mark-available"}`);
    tell(reply, slot.available ? "Taken out of the offer" : "Offered again");
    if (reply.ok) await refresh();
  }

  const numbers = h("dl", { class: "numbers" });

  function drawNumbers(stats) {
    const number = (value, text) => h("div", {}, h("dt", {}, text), h("dd", {}, String(value ?? "–")));
    fill(numbers, number(stats?.total_time_slots, "slots"), number(stats?.available_slots, "available"), number(stats?.booked_slots, "booked"),
      number(stats?.total_reviews ? stats.average_rating.toFixed(1) : "–", stats?.total_reviews === 1 ? "from 1 review" : `from ${stats?.total_reviews ?? 0} reviews`), number(stats?.capacity, "seats"), number(stats?.price_per_hour, "per hour"));
  }

  async function refresh() {
    const { chosen } = state;
    state.ghosts = [];
    await readSlots();
    const stats = await ask("GET", `/venues/${chosen}/stats`);
    if (state.chosen !== chosen) return;
    drawWeek();
    drawNumbers(stats.json);
  }

  function drawDetail(venue, stats) {
    drawNumbers(stats);
    const date = field("Date", { type: "date", value: isoDay(new Date()) });
    const time = field("Time", { type: "time", value: "19:00" });
    const one = button("Create the slot", async () => {
      const reply = tell(await ask("POST", "/venues/timeslots/", { body: { venue_id: venue.id, date: date.input.value, time: time.input.value } }), "The slot is there");
      if (reply.ok) { state.start = monday(date.input.value); await refresh(); }
    });
    fill(detail,
      h("section", { class: "card" }, h("h2", {}, venue.name), h("p", {}, `${venue.address}, ${venue.city}`), venue.description ? h("p", { class: "hint" }, venue.description) : null,
        numbers),
      h("section", { class: "card", "aria-label": "Calendar" }, calendar),
      h("section", { class: "card stack" }, h("h2", {}, "Create one slot"), h("div", { class: "fields" }, date.element, time.element), h("div", { class: "row" }, one)),
      bulkForm(venue, () => state.slots, (ghosts, first) => { state.ghosts = ghosts; if (first) state.start = monday(first); drawWeek(); }, async (body) => {
        const reply = await ask("POST", "/venues/timeslots/bulk", { body });
        tell(reply, `${reply.json?.length} slots made`);
        if (reply.ok) await refresh();
      }));
    drawWeek();
  }

  function createForm() {
    const inputs = Object.fromEntries([["name", "The Cozy Corner"], ["address", "123 Main St"], ["city", "New York"], ["description", "Romantic restaurant with Italian cuisine"],
      ["phone", "+1234567890"], ["email", "info@cozycorner.com"], ["capacity", 50], ["price_per_hour", 75]].map(([key, value]) =>
      [key, field(key.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase()), { value, type: typeof value === "number" ? "number" : "text" })]));
    const send = h("button", { class: "primary", type: "submit" }, "Create the venue");
    const form = h("form", { class: "stack", novalidate: true }, h("div", { class: "fields" }, Object.values(inputs).map((f) => f.element)), h("div", { class: "row" }, send));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(send, async () => {
        const body = Object.fromEntries(Object.entries(inputs).map(([key, { input }]) => [key, input.type === "number" ? Number(input.value) : input.value]));
        const reply = tell(await ask("POST", "/venues/", { body }), "The venue is there");
        if (reply.ok) { state.chosen = reply.json.id; await load(); await choose(reply.json.id); }
      });
    });
    return h("details", { class: "card fold" }, h("summary", {}, h("h2", {}, "Create a venue")), form);
  }

  const search = h("form", { class: "row end" }, city.element, cities, h("button", { type: "submit" }, "List"));
  search.addEventListener("submit", (event) => { event.preventDefault(); state.chosen = null; fill(detail); load(); });
  inactive.addEventListener("change", load);
  const element = h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "Venues"),
    h("p", { class: "lead" }, "Where people meet, and when there is a table. Times are UTC."))),
  h("div", { class: "side-by" }, h("div", { class: "stack" }, h("section", { class: "card stack", "aria-label": "Venues" }, search,
    h("label", { class: "check" }, inactive, h("span", {}, "Inactive ones too")), list), createForm(),
  h("details", { class: "card fold" }, h("summary", {}, h("h2", {}, "What was asked")), log.element)), detail));
  for (const person of Object.values(people)) person.addEventListener("change", () => { if (element.isConnected) load(); });
  return { element, enter: load };
}
