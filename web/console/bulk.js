/* Many slots at once: days, weekdays and times, and what would be made before it is. */
import { button, field, h } from "./dom.js";
import { isoDay, parse, plusDays } from "./time.js";

const MOST = 2000;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const weekday = (day) => (parse(day).getUTCDay() + 6) % 7;

function daysBetween(from, to) {
  const days = [];
  for (let day = from; day <= to && days.length < MOST; day = plusDays(day, 1)) days.push(day);
  return days;
}

/** known(): the slots that are there; preview(ghosts, firstDay); make({venue_id, dates, times}). */
export function bulkForm(venue, known, preview, make) {
  const from = field("From", { type: "date", value: plusDays(isoDay(new Date()), 1) });
  const to = field("To", { type: "date", value: plusDays(isoDay(new Date()), 14) });
  const times = field("Times", { value: "18:00, 19:00, 20:00, 21:00", wide: true });
  const boxes = WEEKDAYS.map((name) => ({ input: h("input", { type: "checkbox", checked: true }), name }));
  const text = h("p", { role: "status", class: "hint" });
  const send = button("Create them", async () => { await make(wanted()); setTimeout(show); }, { class: "primary", disabled: true });

  function wanted() {
    const dates = from.input.value && to.input.value ? daysBetween(from.input.value, to.input.value).filter((day) => boxes[weekday(day)].input.checked) : [];
    return { venue_id: venue.id, dates, times: [...new Set(times.input.value.split(/[\s,]+/).filter((t) => TIME.test(t)))] };
  }

  function show() {
    const body = wanted();
    const there = new Set(known().map((slot) => `${slot.date} ${slot.time}`));
    const ghosts = body.dates.flatMap((date) => body.times.map((time) => ({ date, time, ghost: true })));
    const fresh = ghosts.filter((slot) => !there.has(`${slot.date} ${slot.time}`));
    const unread = times.input.value.split(/[\s,]+/).filter((t) => t && !TIME.test(t));
    send.disabled = unread.length > 0 || !fresh.length || ghosts.length > MOST;
    const backwards = from.input.value && to.input.value && to.input.value < from.input.value;
    text.textContent = backwards ? "“To” is before “From”: no day is between them" : unread.length ? `Not a time (HH:MM): ${unread.join(", ")}` : ghosts.length > MOST ? `${ghosts.length} slots are too many for one go: at most ${MOST}`
      : `${body.dates.length} days × ${body.times.length} times = ${ghosts.length} slots: ${fresh.length} new, ${ghosts.length - fresh.length} there already`;
    preview(fresh, body.dates[0]);
  }

  const element = h("section", { class: "card stack" }, h("h2", {}, "Create many"), h("div", { class: "fields" }, from.element, to.element, times.element),
    h("fieldset", { class: "segments" }, h("legend", { class: "label" }, "Weekdays"), boxes.map(({ input, name }) => h("label", {}, input, h("span", {}, name)))),
    text, h("div", { class: "row" }, button("Show in the calendar", async () => show()), send));
  for (const input of [from.input, to.input, times.input, ...boxes.map((b) => b.input)]) input.addEventListener("change", show);
  return element;
}
