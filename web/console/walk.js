/* Walks the whole journey by itself, with the acts that the forms use, at a pace that one can follow. */
import { sentence } from "./api.js";
import * as acts from "./acts.js";
import { portrait } from "./avatar.js";
import { sleep } from "./dom.js";
import { wanted } from "./steps.js";
import { isoDay, isoTime, plusMinutes } from "./time.js";

const PAUSE_MS = 160;
const CHAT_WAIT_MS = 8000;

class Stopped extends Error {}

function newcomer(side) {
  const c = side.character;
  return { name: side.name, email: side.freshEmail(), phone: c.phone, gender: c.gender, dob: c.dob, password: c.password, bio: c.bio };
}

async function until(test, ms = CHAT_WAIT_MS) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (test()) return true;
  return false;
}

/** A venue of one's own, since only its owner may give it a slot that begins soon. */
async function place(side, c) {
  const venues = await acts.listVenues(side, c.city);
  return venues.ok ? acts.makeVenue(side, c.city) : venues;
}

function plan(alice, bob, context) {
  const both = (title, step, act) => [alice, bob].map((side) => ({ title: `${side.name}: ${title}`, step, side, act: () => act(side) }));
  const one = (side, title, step, act, optional) => ({ title: `${side.name}: ${title}`, step, side, act, optional });
  const line = (from, to, text) => one(from, `“${text}”`, "chat", async () => {
    from.chat.say(text);
    return (await until(() => to.chat.lines.textContent.includes(text))) ? { ok: true } : { ok: false, status: 0, why: "The message did not arrive" };
  });
  return [
    ...both("signs up", "account", (s) => acts.signUp(s, newcomer(s))),
    ...both("adds a photo", "photo", async (s) => acts.addPhoto(s, await portrait(`${s.name} ${s.person.number}`, s.key === "alice"))),
    ...both("says who would fit", "preferences", (s) => acts.setPreferences(s, wanted(s, { age_min: 18, age_max: 99, ...s.character }, true))),
    ...[alice, bob].map((s) => one(s, "shows the face", "face", () => acts.checkFace(s, s.photoFile), true)),
    one(alice, "looks for somebody, and waits", "find", () => acts.find(alice)),
    one(bob, "finds Alice", "find", () => acts.find(bob)),
    ...both("says yes", "approve", (s) => acts.decide(s, true)),
    one(alice, "opens the booking", "venue", () => acts.createBooking(alice)),
    one(alice, "looks at venues", "venue", async () => {
      const reply = await place(alice, alice.character);
      context.venue = reply.json?.id;
      return reply;
    }),
    one(alice, "proposes The Cozy Corner", "venue", () => acts.proposeVenue(alice, context.venue)),
    one(bob, "agrees to it", "venue", () => acts.approveVenue(bob, context.venue)),
    one(alice, "offers a table in ten minutes", "time", () => {
      const soon = plusMinutes(10);
      Object.assign(context, { date: isoDay(soon), time: isoTime(soon) });
      return acts.makeSlot(alice, context.venue, context.date, context.time);
    }),
    one(bob, "looks when it is free", "time", () => acts.freeTimes(bob, context.venue, context.date)),
    one(bob, "proposes the time", "time", () => acts.proposeTime(bob, context.date, context.time)),
    one(alice, "agrees to it", "time", () => acts.approveTime(alice, context.date, context.time)),
    one(alice, "confirms", "confirm", () => acts.confirm(alice)),
    ...both("joins the conversation", "chat", async (s) => {
      if (!s.session) await acts.look(s);
      if (!s.session) return { ok: false, status: 0, why: "There is no conversation yet" };
      await s.chat.connect(s.session);
      return s.chat.now === "live" ? { ok: true } : { ok: false, status: 0, why: "The conversation did not open" };
    }),
    line(alice, bob, "Hello! Nice to meet you!"),
    line(bob, alice, "Likewise. I am the one with the tulips."),
    one(bob, "says the date has been", "complete", () => acts.complete(bob)),
    one(alice, "leaves a review", "review", () => acts.review(alice, 5, alice.character.review)),
    one(bob, "leaves a review", "review", () => acts.review(bob, 4, bob.character.review)),
  ];
}

/** Runs it all. tell({title, at, of, step, side}) before each step; stopped() asks whether to go on. Returns null or what went wrong. */
export async function walk(alice, bob, tell, stopped) {
  for (const side of [alice, bob]) {
    side.chat.reset();
    side.person.signOut();
  }
  const steps = plan(alice, bob, {});
  try {
    for (const [at, step] of steps.entries()) {
      if (stopped()) throw new Stopped();
      tell({ ...step, at, of: steps.length });
      const reply = await step.act();
      if (!reply.ok && !step.optional) return `${step.title}: ${sentence(reply)}`;
      await sleep(PAUSE_MS);
    }
  } catch (error) {
    if (error instanceof Stopped) return "Stopped";
    throw error;
  }
  return null;
}
