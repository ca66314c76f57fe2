/* What a person does on the way to a date: each act is the requests that it takes, shown in its step's log. The forms and the
 * walk use the same acts. An act returns the reply of its last request; it never throws. */
import { call, callPages, picture, sentence } from "./api.js";

const LIVE = ["pending", "matched"];

/** GET what stands now: profile, match, booking, chat. `log` shows the requests; without one they are the page's own. */
export async function look(side, log) {
  const { person } = side;
  const { session } = person;
  if (!session) return;
  const turn = ++side.looks;
  side.looking++;
  if (!side.profile) await lookAtProfile(side);
  const { acted } = side;
  // What was read before an act must not undo what the act's reply said, nor a look what a later one has shown.
  const stale = () => person.session !== session || side.acted !== acted || turn < side.looked;
  if (!stale()) await lookAtMatch(side, log, stale, turn);
  side.looking--;
}

async function lookAtMatch(side, log, stale, turn) {
  const matches = await call(side.person, "GET", `/matches/user/${side.person.number}`, { query: { limit: 5 }, log });
  if (!matches.ok || stale()) return;
  side.looked = turn;
  const latest = matches.json[0] ?? null;
  const known = side.match && matches.json.find((match) => match.id === side.match.id);
  side.match = matches.json.find((match) => LIVE.includes(match.status)) ?? known ?? (side.booking || (!side.waiting && latest?.status === "ended") ? latest : null);
  if (side.live) side.waiting = false; // an ended match says nothing of the search after it
  if (side.match && side.match.status !== "pending") await lookAtBooking(side, log, stale);
  side.changed();
}

async function lookAtProfile(side) {
  const { person } = side;
  const { session } = person;
  const reply = await call(person, "GET", `/users/${person.id}`);
  if (!reply.ok || reply.stale) return;
  side.profile = reply.json;
  const photo = reply.json.profile_photo && !side.photo ? await picture(person, reply.json.profile_photo) : null;
  if (person.session !== session) return;
  side.photo ??= photo;
  if (side.fresh) return; // nothing else can be there yet, and asking would only be answered 404
  const wanted = await call(person, "GET", `/matches/preferences/${person.number}`);
  if (wanted.ok && !wanted.stale) side.preferences = wanted.json;
  if (person.session !== session) return;
  const checked = await call(person, "GET", `/faceauth/status/${person.id}`);
  if (checked.ok && !checked.stale) side.face = { ok: checked.json.is_validated, text: checked.json.is_validated ? "Passed" : "Not passed" };
}

async function lookAtBooking(side, log, stale) {
  const reply = await call(side.person, "GET", `/bookings/user/${side.person.number}`, { query: { limit: 20 }, log });
  if (!reply.ok || stale()) return;
  side.booking = reply.json.find((booking) => booking.match_id === side.match.id && booking.status !== "cancelled") ??
    reply.json.find((booking) => booking.match_id === side.match.id) ?? null;
  const venue = side.booking?.venue_id;
  if (side.booking?.status === "completed" && !side.review) await lookAtReview(side);
  if (venue && !venueNames.has(venue)) await named(call(side.person, "GET", `/venues/${venue}`));
  if (side.booking?.status === "confirmed" && !side.session) await lookAtChat(side);
}

/** One's own review among the venue's latest; looked for once. */
async function lookAtReview(side) {
  if (side.reviewSought === side.booking.id) return;
  side.reviewSought = side.booking.id;
  const reply = await call(side.person, "GET", `/venues/${side.booking.venue_id}/reviews`, { query: { limit: 100 } });
  if (reply.ok && !reply.stale) side.review ??= reply.json.find((review) => review.user_id === side.person.number) ?? null;
}

async function lookAtChat(side) {
  const reply = await call(side.person, "GET", "/chat/sessions", { query: { limit: 20 } });
  if (reply.ok && !reply.stale) side.session = reply.json.find((session) => [session.user1_id, session.user2_id].includes(side.other.person.id)) ?? reply.json[0] ?? null;
}

const log = (side, step) => ({ log: side.log(step) });

async function after(side, reply, keep) {
  if (reply.stale) return reply;
  if (reply.ok) keep?.(reply.json);
  side.acted++;
  side.changed();
  if (reply.ok) await look(side.other);
  return reply;
}

// ── Oneself ──

export async function signUp(side, fields) {
  const reply = await call(null, "POST", "/auth/signup", { body: fields, ...log(side, "account") });
  return signedIn(side, reply, true);
}

export async function signIn(side, fields) {
  const reply = await call(null, "POST", "/auth/login", { body: fields, ...log(side, "account") });
  return signedIn(side, reply);
}

async function signedIn(side, reply, fresh = false) {
  if (reply.ok) {
    side.forget();
    side.fresh = fresh;
    side.person.signIn(reply.json);
    look(side); // nobody waits for it: one may go on, or sign out again, meanwhile
  }
  side.changed();
  return reply;
}

export async function signOut(side) {
  const reply = await call(side.person, "POST", "/auth/logout", log(side, "account"));
  side.person.signOut();
  side.forget();
  side.changed();
  return reply;
}

export async function addPhoto(side, file) {
  const form = new FormData();
  form.append("file", file);
  const reply = await call(side.person, "POST", `/users/${side.person.id}/photos`, { form, ...log(side, "photo") });
  if (reply.ok && !reply.stale) {
    side.photo = await picture(side.person, reply.json.photo_url);
    side.photoFile = file;
  }
  side.changed();
  return reply;
}

/** Both sets of preferences: the profile's and matching's, which also opts in. */
export async function setPreferences(side, { gender, seeking, age_min, age_max, interests, city, bio }) {
  const own = await call(side.person, "PUT", `/users/${side.person.id}/preferences`, { body: {
    age_min, age_max, gender_preference: seeking, interests: interests.split(",").map((word) => word.trim()).filter(Boolean),
    location_preference: city }, ...log(side, "preferences") });
  if (!own.ok) return own;
  const reply = await call(side.person, "POST", "/matches/preferences", { body: {
    user_id: side.person.number, gender, seeking_gender: seeking, age_min, age_max, interests, bio }, ...log(side, "preferences") });
  return after(side, reply, (json) => { side.preferences = json; });
}

const ASKS = {
  turn_left: "Turn your head well to your own left",
  turn_right: "Turn your head well to your own right",
  look_up: "Look up",
  come_closer: "Look straight ahead and come closer",
};

/** What a live check asks for, one instruction a picture, and how long there is: {ok, asks, seconds}. */
export async function askChallenge(side) {
  const reply = await call(side.person, "POST", `/faceauth/challenge/${side.person.id}`, log(side, "face"));
  if (!reply.ok) return { ...reply, asks: [], seconds: 0 };
  return { ...reply, asks: reply.json.steps.map((step) => ASKS[step] ?? step), seconds: reply.json.expires_in };
}

/** One picture, or those of a challenge in its order. */
export async function checkFace(side, ...files) {
  const form = new FormData();
  for (const file of files) form.append("image", file);
  const reply = await call(side.person, "POST", `/faceauth/verify/${side.person.id}`, { form, ...log(side, "face") });
  const before = Boolean(side.face?.ok); // who has passed once stays so
  if (reply.status !== 0 && !reply.stale) side.face = { ok: reply.ok || before, text: reply.ok ? `Passed, ${Math.round(reply.json.confidence * 100)} % sure`
    : before ? "Passed before; the last check failed" : sentence(reply) };
  side.changed();
  return reply;
}

// ── The two ──

export async function find(side) {
  const reply = await call(side.person, "POST", "/matches/find", { body: { user_id: side.person.number }, ...log(side, "find") });
  return after(side, reply, (match) => {
    side.waiting = match.status === "waiting";
    if (!side.waiting) { side.match = match; side.booking = null; side.session = null; }
  });
}

export async function leaveQueue(side) {
  const reply = await call(side.person, "DELETE", `/matches/queue/${side.person.number}`, log(side, "find"));
  return after(side, reply, () => { side.waiting = false; });
}

export async function decide(side, approved) {
  const reply = await call(side.person, "POST", "/matches/approve", { query: { user_id: side.person.number },
    body: { match_id: side.match.id, approved }, ...log(side, "approve") });
  return after(side, reply, (match) => { side.match = match; });
}

// ── The booking ──

async function booked(side, step, path, options) {
  const reply = await call(side.person, "POST", `/bookings/${path}`, { ...options, ...log(side, step) });
  return after(side, reply, (booking) => { side.booking = booking; });
}

export const createBooking = (side) => booked(side, "venue", "create", { body: {
  match_id: side.match.id, user_1_id: side.match.user_1_id, user_2_id: side.match.user_2_id } });

const acting = (side, more) => ({ booking_id: side.booking.id, user_id: side.person.number, ...more });

export const proposeVenue = (side, venue_id) => booked(side, "venue", "propose-venue", { query: acting(side, { venue_id }) });
export const approveVenue = (side, venue_id) => booked(side, "venue", "approve-venue", { query: { user_id: side.person.number },
  body: { booking_id: side.booking.id, venue_id, approved: true } });
export const rejectVenue = (side) => booked(side, "venue", "reject-venue", { query: acting(side) });
export const proposeTime = (side, date, time) => booked(side, "time", "propose-time", { query: acting(side, { date, time }) });
export const approveTime = (side, date, time) => booked(side, "time", "approve-time", { query: { user_id: side.person.number },
  body: { booking_id: side.booking.id, date, time, approved: true } });
export const rejectTime = (side) => booked(side, "time", "reject-time", { query: acting(side) });
export const complete = (side) => booked(side, "complete", `complete/${side.booking.id}`);

export async function confirm(side) {
  const reply = await booked(side, "confirm", "confirm", { body: { booking_id: side.booking.id } });
  if (reply.ok) await look(side);
  return reply;
}

export const cancel = (side, reason) => booked(side, "confirm", "cancel", { body: { booking_id: side.booking.id, reason } });

/** Names of the venues seen, for both. */
export const venueNames = new Map();

async function named(request) {
  const reply = await request;
  for (const venue of reply.ok ? [reply.json].flat() : []) venueNames.set(venue.id, venue.name);
  return reply;
}

export const listVenues = (side, city) => named(callPages(side.person, "/venues/", { query: { city, active_only: true, limit: 100 }, ...log(side, "venue") }));

/** Who made which venue, as "person venue": the server does not tell owners, so those of this tab are remembered. */
const OWNED = "owned-venues";
const owned = new Set(remembered());

function remembered() {
  try { return JSON.parse(sessionStorage.getItem(OWNED)) ?? []; } catch { return []; }
}

function own(side, venue_id) {
  owned.add(`${side.person.id} ${venue_id}`);
  try { sessionStorage.setItem(OWNED, JSON.stringify([...owned])); } catch { /* known until the page is loaded again */ }
}

export const owns = (side, venue_id) => owned.has(`${side.person.id} ${venue_id}`);

export async function makeVenue(side, city) {
  const reply = await named(call(side.person, "POST", "/venues/", { body: {
    name: "The Cozy Corner", address: "123 Main St", city, description: "Romantic restaurant with Italian cuisine", phone: "+1234567890",
    email: "info@cozycorner.com", capacity: 50, price_per_hour: 75.0 }, ...log(side, "venue") }));
  if (reply.ok && !reply.stale) own(side, reply.json.id);
  return reply;
}

export const freeTimes = (side, venue_id, date) => call(side.person, "GET", `/bookings/available-times/${venue_id}`, { query: { date }, ...log(side, "time") });

export const makeSlot = (side, venue_id, date, time) => call(side.person, "POST", "/venues/timeslots/", { body: { venue_id, date, time }, ...log(side, "time") });

export async function openChat(side, meeting_time, duration_minutes) {
  const reply = await call(side.person, "POST", "/chat/match", { body: {
    user1_id: side.person.id, user2_id: side.other.person.id, meeting_time, duration_minutes }, ...log(side, "chat") });
  if (!reply.ok) return reply;
  const session = await call(side.person, "GET", `/chat/sessions/${reply.json.session_id}`, log(side, "chat"));
  if (session.ok) side.session = side.other.session = session.json;
  side.changed();
  side.other.changed();
  return session;
}

export async function review(side, rating, comment) {
  const reply = await call(side.person, "POST", "/venues/reviews/", { body: {
    venue_id: side.booking.venue_id, user_id: side.person.number, rating, comment }, ...log(side, "review") });
  return after(side, reply, (json) => { side.review = json; });
}
