/* One of the two on the journey's page: the person, what the server last said about them, and a log for each step. */
import { exchangeLog } from "./log.js";

export class Side extends EventTarget {
  constructor(person, character) {
    super();
    this.person = person;
    this.key = person.key;
    this.name = person.name;
    this.character = character; // what the forms are filled with
    this.other = null;
    this.logs = new Map();
    this.acted = 0; // how often this side has changed something
    this.looks = this.looked = 0; // the last look that began, and the last whose answers are shown
    this.looking = 0; // how many are under way
    this.forget();
    person.addEventListener("change", () => { if (!person.token) this.forget(); this.changed(); });
  }

  forget() {
    if (this.photo) URL.revokeObjectURL(this.photo);
    Object.assign(this, { profile: null, photo: null, photoFile: null, preferences: null, face: null, waiting: false, match: null,
      booking: null, session: null, review: null, reviewSought: null, fresh: false });
  }

  log(step) {
    if (!this.logs.has(step)) this.logs.set(step, exchangeLog());
    return this.logs.get(step);
  }

  changed() { this.dispatchEvent(new Event("change")); }

  /** 1 or 2: which of the pair in `thing` (a match or a booking) this is; 0: neither. */
  place(thing) {
    const id = this.person.number;
    return thing?.user_1_id === id ? 1 : thing?.user_2_id === id ? 2 : 0;
  }

  mine(thing, what) { return thing?.[`user_${this.place(thing)}_${what}`] ?? null; }
  theirs(thing, what) { return thing?.[`user_${3 - this.place(thing)}_${what}`] ?? null; }

  get matched() { return this.match?.status === "matched"; }
  get live() { return this.match !== null && ["pending", "matched"].includes(this.match.status); }
}

const LATER = { pending_venue_approval: 0, pending_time_approval: 1, both_approved: 2, confirmed: 3, completed: 4, cancelled: -1 };
/** How far a booking is: 0 venue open, 1 time open, 2 both agreed, 3 confirmed, 4 completed; -1 cancelled or none. */
export const progress = (booking) => (booking ? LATER[booking.status] : -1);
