/* A week of a venue's time slots, as a table that one can read: days across, times down. */
import { h } from "./dom.js";
import { dayText, isoDay, plusDays } from "./time.js";

const WORD = { free: "free", booked: "booked", closed: "not offered", ghost: "would be made" };

export const stateOf = (slot) => (slot.ghost ? "ghost" : slot.booked_by ? "booked" : slot.available ? "free" : "closed");

export const daysOf = (start) => Array.from({ length: 7 }, (_, i) => plusDays(start, i));

/** slots of the week from `start` (a Monday); choose(slot) when one is clicked. */
export function week(start, slots, choose) {
  const days = daysOf(start);
  const own = slots.filter((slot) => days.includes(slot.date));
  const times = [...new Set(own.map((slot) => slot.time))].sort();
  const at = new Map(own.map((slot) => [`${slot.date} ${slot.time}`, slot]));
  const today = isoDay(new Date());
  if (!times.length) return h("p", { class: "empty" }, "No slots in this week.");
  const cell = (slot, day, time) => {
    if (!slot) return h("td", {}, h("span", { class: "sr" }, "none"));
    const state = stateOf(slot);
    const label = `${dayText(day)} ${time}: ${WORD[state]}`;
    if (state === "ghost") return h("td", {}, h("span", { class: "slot", data: { state } }, time, h("span", { class: "sr" }, ` ${WORD[state]}`)));
    return h("td", {}, h("button", { type: "button", class: "slot", data: { state }, "aria-label": label, title: label, onclick: () => choose(slot) }, time));
  };
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The week's slots" }, h("table", { class: "week" },
    h("caption", { class: "sr" }, "Time slots of the week"),
    h("thead", {}, h("tr", {}, days.map((day) => h("th", { scope: "col", "aria-current": day === today ? "date" : null }, dayText(day))))),
    h("tbody", {}, times.map((time) => h("tr", {}, days.map((day) => cell(at.get(`${day} ${time}`), day, time)))))));
}

/** What the dashed ones are. */
export const ghostLegend = () => h("p", { class: "legend" }, h("span", { data: { state: "ghost" } }, WORD.ghost));

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** How booked the week is: a bar a day, booked below free. */
export function weekPicture(start, slots) {
  const days = daysOf(start);
  const counts = days.map((day) => {
    const own = slots.filter((slot) => slot.date === day && !slot.ghost);
    const count = (state) => own.filter((slot) => stateOf(slot) === state).length;
    return { day, booked: count("booked"), free: count("free"), closed: count("closed"), all: own.length };
  });
  const most = Math.max(1, ...counts.map((c) => c.all));
  const total = counts.reduce((n, c) => n + c.all, 0);
  const booked = counts.reduce((n, c) => n + c.booked, 0);
  if (!total) return null;
  const picture = svg("svg", { viewBox: "0 0 420 150", role: "img", class: "week-picture",
    "aria-label": `${booked} of ${total} slots of this week are booked. ` + counts.map((c) => `${dayText(c.day)}: ${c.booked} of ${c.all}`).join(", ") });
  counts.forEach((c, i) => {
    let y = 115;
    for (const state of ["booked", "free", "closed"]) {
      const height = (c[state] / most) * 95;
      if (!height) continue;
      y -= height;
      picture.append(svg("rect", { x: i * 60 + 12, y: y + 1, width: 36, height: Math.max(1, height - 1), rx: 3, class: `bar-${state}` }));
    }
    if (!c.all) picture.append(svg("rect", { x: i * 60 + 12, y: 113, width: 36, height: 2, rx: 1, class: "bar-none" }));
    picture.append(svg("text", { x: i * 60 + 30, y: 131, "text-anchor": "middle" }, dayText(c.day).slice(0, 3)),
      svg("text", { x: i * 60 + 30, y: 146, "text-anchor": "middle", class: "count" }, c.all ? `${c.booked}/${c.all}` : "–"));
  });
  return h("figure", { class: "figure" }, picture, h("figcaption", { class: "legend" },
    ["booked", "free", "closed"].map((state) => h("span", { data: { state } }, WORD[state]))));
}
