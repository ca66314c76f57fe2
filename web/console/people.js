/* Who speaks to the server: Alice, Bob, and an admin, each with a session of its own, kept for this tab only. */

class Person extends EventTarget {
  constructor(key, name) {
    super();
    this.key = key;
    this.name = name;
    this.session = read(key);
  }

  get token() { return this.session?.access_token ?? null; }
  get id() { return this.session?.user_id ?? null; }
  get number() { return this.session?.user_number ?? null; }

  signIn(session) {
    this.session = session;
    keep(this.key, session);
    this.dispatchEvent(new Event("change"));
  }

  signOut(expired = false) {
    if (!this.session) return;
    this.session = null;
    keep(this.key, null);
    this.dispatchEvent(new Event("change"));
    if (expired) this.dispatchEvent(new Event("expired"));
  }
}

function read(key) {
  try { return JSON.parse(sessionStorage.getItem(`session-${key}`)); } catch { return null; }
}

function keep(key, session) {
  try {
    if (session) sessionStorage.setItem(`session-${key}`, JSON.stringify(session));
    else sessionStorage.removeItem(`session-${key}`);
  } catch { /* a browser that keeps nothing: the session lives as long as the page */ }
}

export const alice = new Person("alice", "Alice");
export const bob = new Person("bob", "Bob");
export const admin = new Person("admin", "Admin");
export const people = { alice, bob, admin };

/** Somebody signed in, for what any signed-in person may read; or null. */
export const anybody = () => [admin, alice, bob].find((person) => person.token) ?? null;
