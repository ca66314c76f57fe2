/* The journey's page: Alice and Bob side by side, one row a step, and the button that walks it all. */
import { look } from "./acts.js";
import { every, h, fill, tabs } from "./dom.js";
import { alice, bob } from "./people.js";
import { Side } from "./side.js";
import { LATE_STEPS, STEPS, outcome } from "./steps.js";
import { BOOKING_STEPS } from "./steps_booking.js";
import { walk } from "./walk.js";

const POLL_MS = 2500;
const ALL = [...STEPS, ...BOOKING_STEPS, ...LATE_STEPS];
const WORDS = ["rose", "tulip", "iris", "fern", "dahlia", "poppy", "aster", "clover", "lilac", "maple"];

function randomWord() {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2));
  return `${WORDS[a % WORDS.length]}-${(b % 90000) + 10000}`;
}

/** One word for the pair, new for each tab. */
function pairWord() {
  try {
    const kept = sessionStorage.getItem("pair") ?? randomWord();
    sessionStorage.setItem("pair", kept);
    return kept;
  } catch {
    return (pairWord.kept ??= randomWord());
  }
}

const CHARACTERS = {
  alice: { phone: "+12125550101", gender: "female", seeking: "male", dob: "1995-05-10", city: "New York", interests: "travel, coffee, hiking",
    bio: "Love traveling and coffee", review: "Great place!" },
  bob: { phone: "+12125550102", gender: "male", seeking: "female", dob: "1994-03-02", city: "New York", interests: "coffee, hiking, football",
    bio: "Looking for meaningful connections", review: "Lovely tulips." },
};

function makeSides() {
  const sides = [alice, bob].map((person) => new Side(person, CHARACTERS[person.key]));
  sides[0].other = sides[1];
  sides[1].other = sides[0];
  for (const side of sides) {
    side.pairWord = pairWord;
    side.freshEmail = () => `${side.key}.${randomWord()}@example.com`;
    Object.assign(side.character, { email: side.freshEmail(), password: `${randomWord()}-${randomWord()}` });
  }
  return sides;
}

// ── One cell: one step of one person ──

const BADGES = { done: ["Done", "good"], ready: ["Now", "warn"], later: ["Later", null], optional: ["Optional", null] };

function makeCell(side, step, number) {
  const say = outcome();
  const content = step.make(side, say);
  const badge = h("span", { class: "pill" });
  const summary = h("summary", {}, h("span", { class: "step-number", "aria-hidden": "true" }, String(number)), h("h3", {}, step.title,
    h("span", { class: "sr" }, ` – ${side.name}`)), badge);
  const element = h("details", { class: "step", data: { step: step.key, side: side.key } }, summary,
    h("div", { class: "step-body stack" }, content.element, say.element, side.log(step.key).element));
  let before = null;
  return { element, update() {
    const state = step.done(side) ? "done" : step.ready(side) ? ((typeof step.optional === "function" ? step.optional(side) : step.optional) ? "optional" : "ready") : "later";
    if (state !== before) {
      const [text, kind] = BADGES[state];
      badge.textContent = text;
      if (kind) badge.dataset.state = kind; else delete badge.dataset.state;
      element.dataset.state = state;
      if (state !== "done") element.open = state !== "later" || element.open && before === null;
      if (state === "later") { element.open = false; fill(say.element); }
      before = state;
    }
    content.update();
  } };
}

function personHead(side) {
  const picture = h("span", { class: "person-picture", "aria-hidden": "true" }, side.name[0]);
  const line = h("p", { class: "hint" });
  const element = h("div", { class: "person", data: { side: side.key } }, picture, h("div", {}, h("h2", { id: `head-${side.key}` }, side.name), line));
  return { element, update() {
    if (side.photo) {
      if (picture.firstChild?.src !== side.photo) fill(picture, h("img", { src: side.photo, alt: "", width: 52, height: 52 }));
    } else if (picture.textContent !== side.name[0]) fill(picture, side.name[0]);
    line.textContent = side.person.token ? `Signed in · number ${side.person.number}` : "Not signed in";
  } };
}

// ── The walk's bar ──

function walkBar(sides) {
  let running = false;
  let stop = false;
  const text = h("p", { class: "walk-text", role: "status" }, "Two new people meet: signing up, matching, booking, talking, reviewing.");
  const bar = h("progress", { max: 1, value: 0, "aria-label": "How far the journey is" });
  const start = h("button", { type: "button", class: "primary big", onclick: () => (running ? (stop = true) : go()) }, "Walk the whole journey");

  function mark(now) {
    for (const element of document.querySelectorAll(".step[data-walking]")) delete element.dataset.walking;
    const cell = now && document.querySelector(`.step[data-step="${now.step}"][data-side="${now.side.key}"]`);
    if (!cell) return;
    cell.dataset.walking = "";
    cell.open = true;
    cell.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  async function go() {
    running = true;
    stop = false;
    start.textContent = "Stop";
    const wrong = await walk(...sides, (now) => {
      text.textContent = `${now.at + 1} of ${now.of} – ${now.title}`;
      bar.max = now.of;
      bar.value = now.at;
      mark(now);
    }, () => stop).catch((error) => { console.error(error); return `The page failed: ${error.message}`; });
    running = false;
    mark(null);
    start.textContent = "Walk the whole journey";
    bar.value = wrong ? bar.value : bar.max;
    text.textContent = wrong ?? "Done. Alice and Bob have met, and both have left a review.";
    element.dataset.state = wrong ? "bad" : "good";
  }
  const element = h("section", { class: "card walk", "aria-label": "The whole journey by itself" }, start, h("div", { class: "walk-state" }, text, bar));
  return { element, running: () => running };
}

export default function journey() {
  const sides = makeSides();
  const bar = walkBar(sides);
  const heads = sides.map(personHead);
  const cells = sides.map((side) => ALL.map((step, i) => makeCell(side, step, i + 1)));
  const rows = ALL.map((step, i) => [cells[0][i].element, cells[1][i].element]);
  const grid = h("div", { class: "pair" }, heads[0].element, heads[1].element, rows);
  const panels = sides.map((side) => h("div", { class: "sr-panel" }, `The steps below are ${side.name}'s.`));
  const switcher = tabs("Whose side is shown", sides.map((side, i) => [side.key, side.name, panels[i]]), (key) => { grid.dataset.show = key; });
  switcher.select("alice");
  const element = h("div", {},
    h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "The journey of two"),
      h("p", { class: "lead" }, "Alice and Bob, each with a session of their own. Every step shows what was asked and what the server answered."))),
    bar.element, h("div", { class: "pair-switch" }, switcher.list, panels), grid);

  const update = (i) => { heads[i].update(); for (const cell of cells[i]) cell.update(); };
  sides.forEach((side, i) => side.addEventListener("change", () => { update(i); update(1 - i); }));
  [0, 1].forEach(update);

  const poll = every(POLL_MS, async () => {
    if (document.hidden || bar.running()) return;
    for (const side of sides) if (side.person.token && !side.looking && (!side.profile || side.waiting || side.live)) await look(side);
  });
  return { element, enter: poll.start, leave: poll.stop };
}
