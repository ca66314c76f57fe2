/* The steps that the two take together: venue, time, confirmation, and the conversation. */
import * as acts from "./acts.js";
import { cutShort } from "./api.js";
import { Chat } from "./chat.js";
import { button, field, fill, h } from "./dom.js";
import { progress } from "./side.js";
import { dayText, isoDay, isoMoment, isoTime, momentText, plusMinutes } from "./time.js";

const nameOf = (id) => acts.venueNames.get(id) ?? `venue ${id}`;

function venue(side, say) {
  const text = h("p", {});
  const city = field("City", { value: side.character.city });
  const pick = field("Venue", {}, [["", "List them first"]]);
  let listing = Promise.resolve(); // a venue is proposed once the list that was asked for is there
  const wait = (act) => (listing = act());
  const list = async () => {
    const reply = await say.show(acts.listVenues(side, city.input.value));
    if (!reply.ok) return reply;
    fill(pick.input, reply.json.map((v) => h("option", { value: v.id }, `${v.name}, ${v.address}, ${v.city} (no. ${v.id})`)), reply.json.length ? null : h("option", { value: "" }, "None in this city"),
      reply.more && h("option", { disabled: true }, cutShort(reply)));
    return reply;
  };
  const begin = button("Open the booking", () => say.show(acts.createBooking(side)), { class: "primary" });
  const make = button("Create The Cozy Corner", () => wait(async () => {
    const made = await say.show(acts.makeVenue(side, city.input.value));
    if (made.ok && (await list()).ok) pick.input.value = made.json.id;
  }));
  const propose = button("Propose it", () => listing.then(() => {
    if (pick.input.value) return say.show(acts.proposeVenue(side, Number(pick.input.value)));
    pick.input.focus();
    return say.tell("Nothing is chosen: list the venues, or create one, and choose it first.");
  }), { class: "primary" });
  const agree = button("Agree", () => say.show(acts.approveVenue(side, side.theirs(side.booking, "proposed_venue_id"))), { class: "primary" });
  const reject = button("Reject", () => say.show(acts.rejectVenue(side)));
  const choose = h("div", { class: "stack" }, h("div", { class: "fields" }, city.element, pick.element), h("div", { class: "row" }, button("List venues", () => wait(list)), make, propose));
  const answer = h("div", { class: "row" }, agree, reject);
  return { element: h("div", { class: "stack" }, text, begin, choose, answer), update() {
    const theirs = side.theirs(side.booking, "proposed_venue_id");
    const mine = side.mine(side.booking, "proposed_venue_id");
    begin.hidden = side.booking !== null && progress(side.booking) >= 0;
    choose.hidden = progress(side.booking) !== 0;
    answer.hidden = choose.hidden || !theirs;
    text.textContent = begin.hidden ? (progress(side.booking) > 0 ? `Agreed: ${nameOf(side.booking.venue_id)}`
      : theirs ? `${side.other.name} proposes ${nameOf(theirs)}` : mine ? `You propose ${nameOf(mine)}; waiting for ${side.other.name}` : "Where to?") : "Either of the two opens it.";
  } };
}

function time(side, say) {
  const soon = plusMinutes(10);
  const text = h("p", {});
  const date = field("Date (UTC)", { type: "date", value: isoDay(soon) });
  const clock = field("Time (UTC)", { type: "time", value: isoTime(soon) });
  const options = h("div", { class: "row", role: "group", "aria-label": "Times that are free" });
  const look = async () => {
    const reply = await say.show(acts.freeTimes(side, side.booking.venue_id, date.input.value));
    if (reply.ok) fill(options, reply.json.length ? reply.json.slice(0, 16).map((slot) => h("button", { type: "button", class: "small", onclick: () => { clock.input.value = slot.time; } }, slot.time))
      : h("span", { class: "hint" }, "Nothing is free that day. A venue without any slots on a day may take any time."));
  };
  const offer = button("Make it a slot", async () => {
    const made = await say.show(acts.makeSlot(side, side.booking.venue_id, date.input.value, clock.input.value));
    if (made.ok) await look();
  });
  const propose = button("Propose it", () => say.show(acts.proposeTime(side, date.input.value, clock.input.value)), { class: "primary" });
  const agree = button("Agree", () => say.show(acts.approveTime(side, side.theirs(side.booking, "proposed_date"), side.theirs(side.booking, "proposed_time"))), { class: "primary" });
  const reject = button("Reject", () => say.show(acts.rejectTime(side)));
  const choose = h("div", { class: "stack" }, h("div", { class: "fields" }, date.element, clock.element), options, h("div", { class: "row" }, button("Free times", look), offer, propose));
  const answer = h("div", { class: "row" }, agree, reject);
  return { element: h("div", { class: "stack" }, text, choose, answer), update() {
    const theirs = side.theirs(side.booking, "proposed_time");
    const mine = side.mine(side.booking, "proposed_time");
    choose.hidden = progress(side.booking) !== 1;
    answer.hidden = choose.hidden || !theirs;
    offer.hidden = !acts.owns(side, side.booking?.venue_id);
    text.textContent = progress(side.booking) > 1 ? `Agreed: ${dayText(side.booking.booking_date)} at ${side.booking.booking_time} UTC`
      : theirs ? `${side.other.name} proposes ${dayText(side.theirs(side.booking, "proposed_date"))} at ${theirs} UTC`
        : mine ? `You propose ${mine} UTC; waiting for ${side.other.name}` : "When? Within half an hour, the conversation opens at once.";
  } };
}

function confirm(side, say) {
  const text = h("p", {});
  const code = h("p", { class: "code" });
  const yes = button("Confirm the booking", () => say.show(acts.confirm(side)), { class: "primary" });
  const no = button("Cancel it", () => say.show(acts.cancel(side, "Schedule conflict")));
  return { element: h("div", { class: "stack" }, text, code, h("div", { class: "row" }, yes, no)), update() {
    const at = progress(side.booking);
    yes.hidden = at !== 2;
    no.hidden = at < 0 || at > 3;
    code.hidden = at < 3;
    code.textContent = side.booking?.confirmation_code ?? "";
    text.textContent = at >= 3 ? `Confirmed: ${dayText(side.booking.booking_date)} at ${side.booking.booking_time} UTC. Show this code:` : side.booking?.status === "cancelled" ? "Cancelled" : "Either of the two confirms.";
  } };
}

function chat(side, say) {
  const panel = new Chat(side);
  const text = h("p", { class: "hint" });
  const join = button("Join the conversation", () => panel.connect(side.session), { class: "primary" });
  const leave = button("Leave", () => { panel.close(); panel.show("off"); });
  const when = field("Meeting (UTC)", { value: isoMoment(plusMinutes(0)), hint: "YYYY-MM-DDTHH:MM:SS" });
  const minutes = field("Minutes", { type: "number", value: 30, min: 1, max: 480 });
  const apart = h("details", {}, h("summary", {}, "A conversation without a booking"), h("div", { class: "stack" },
    h("div", { class: "fields" }, when.element, minutes.element), h("div", { class: "row" }, button("Open it", () => say.show(acts.openChat(side, when.input.value, Number(minutes.input.value)))))));
  side.chat = panel;
  return { element: h("div", { class: "stack" }, text, h("div", { class: "row" }, join, leave), panel.element, apart), update() {
    const { session } = side;
    const on = ["live", "pending", "connecting", "lost"].includes(panel.now);
    join.hidden = on || !session;
    leave.hidden = !on;
    panel.element.hidden = !session;
    text.textContent = session ? `Open from ${momentText(session.start_time)} to ${momentText(session.end_time)}` : "It opens half an hour before the meeting.";
    if (!side.person.token && panel.now !== "off") { panel.reset(); panel.show("off"); }
  } };
}

export const BOOKING_STEPS = [
  { key: "venue", title: "Agree on a venue", make: venue, done: (s) => progress(s.booking) > 0, ready: (s) => s.matched || s.booking !== null },
  { key: "time", title: "Agree on a time", make: time, done: (s) => progress(s.booking) > 1, ready: (s) => progress(s.booking) >= 1 },
  { key: "confirm", title: "Confirm", make: confirm, done: (s) => progress(s.booking) > 2, ready: (s) => progress(s.booking) >= 2 },
  { key: "chat", title: "Chat", make: chat, done: (s) => s.chat?.seen.size > 0, ready: (s) => s.session !== null || Boolean(s.person.token && s.other.person.token), optional: (s) => s.session === null },
];
