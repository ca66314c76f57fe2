/* The steps of the journey: for each its form, its sentence when done, and when its turn has come. */
import * as acts from "./acts.js";
import { portrait } from "./avatar.js";
import { cameraPanel } from "./camera.js";
import { busy, button, checkbox, field, fill, h } from "./dom.js";
import { progress } from "./side.js";
import { sentence } from "./api.js";

/** A cell's message line and a wrapper that shows what an act said when it failed. */
export function outcome() {
  const element = h("p", { class: "outcome", role: "status" });
  const tell = (text, kind = "warn") => { fill(element, h("span", { class: "notice", data: { kind } }, text)); };
  return {
    element,
    tell,
    async show(promise) {
      fill(element);
      const reply = await promise;
      if (reply && !reply.ok) tell(sentence(reply), "bad");
      return reply;
    },
  };
}

function form(onsubmit, ...children) {
  const element = h("form", { class: "stack", novalidate: true }, children);
  element.addEventListener("submit", (event) => { event.preventDefault(); onsubmit(); });
  return element;
}

const ages = (person) => ({ age_min: 18, age_max: 99, ...person });

function account(side, say) {
  const c = side.character;
  const inputs = {
    name: field("Name", { value: side.name, autocomplete: "off" }), email: field("E-mail", { type: "email", value: c.email, autocomplete: "off", wide: true }),
    password: field("Password", { type: "password", value: c.password, autocomplete: "new-password" }),
    phone: field("Phone", { value: c.phone }), gender: field("Gender", { value: c.gender }), dob: field("Born", { type: "date", value: c.dob }),
    bio: field("About", { value: c.bio, wide: true }),
  };
  const values = () => Object.fromEntries(Object.entries(inputs).map(([key, { input }]) => [key, input.value]));
  const up = h("button", { class: "primary", type: "submit" }, "Sign up");
  const open = form(() => busy(up, () => say.show(acts.signUp(side, values()))), h("div", { class: "fields" }, Object.values(inputs).map((f) => f.element)), h("div", { class: "row" }, up,
    button("Sign in instead", () => say.show(acts.signIn(side, { email: inputs.email.input.value, password: inputs.password.input.value })))));
  const text = h("p", {});
  const closed = h("div", { class: "row" }, text, button("Sign out", () => say.show(acts.signOut(side)), { class: "small" }));
  return { element: h("div", {}, open, closed), update() {
    open.hidden = Boolean(side.person.token);
    closed.hidden = !open.hidden;
    text.textContent = side.person.token ? `Signed in as ${side.person.session.email}, number ${side.person.number}` : "";
  } };
}

function photo(side, say) {
  const file = field("A photo of yours", { type: "file", accept: "image/jpeg,image/png,image/webp" });
  const image = h("img", { class: "portrait", alt: `${side.name}'s photo`, width: 96, height: 96, hidden: true });
  const send = button("Upload it", () => (file.input.files[0] ? say.show(acts.addPhoto(side, file.input.files[0])) : file.input.click()));
  const draw = button("Draw one for me", async () => say.show(acts.addPhoto(side, await portrait(`${side.name} ${side.person.number}`, side.key === "alice"))), { class: "primary" });
  return { element: h("div", { class: "photo" }, image, h("div", { class: "stack" }, file.element, h("div", { class: "row" }, draw, send))), update() {
    image.hidden = !side.photo;
    if (side.photo && image.src !== side.photo) image.src = side.photo;
  } };
}

function preferences(side, say) {
  const c = ages(side.character);
  const inputs = {
    gender: field("I am", { value: c.gender }), seeking: field("Looking for", { value: c.seeking }),
    age_min: field("From age", { type: "number", value: c.age_min, min: 18, max: 120 }), age_max: field("To age", { type: "number", value: c.age_max, min: 18, max: 120 }),
    city: field("City", { value: c.city }), interests: field("Interests", { value: c.interests, wide: true }),
  };
  const only = checkbox("Only these two: nobody else on this server is a candidate", { checked: true });
  const save = button("Save and opt in", () => say.show(acts.setPreferences(side, wanted(side, {
    gender: inputs.gender.input.value, seeking: inputs.seeking.input.value, age_min: Number(inputs.age_min.input.value),
    age_max: Number(inputs.age_max.input.value), city: inputs.city.input.value, interests: inputs.interests.input.value, bio: c.bio }, only.input.checked))), { class: "primary" });
  const text = h("p", { class: "hint" });
  let shown = null;
  /** What the server has of this person; when nobody is signed in, the character's again. */
  const refill = (saved) => {
    const given = saved ? { ...saved, seeking: saved.seeking_gender, interests: saved.interests ?? "" } : c;
    for (const key of ["age_min", "age_max", "interests"]) inputs[key].input.value = given[key];
    for (const key of ["gender", "seeking"]) inputs[key].input.value = given[key].replace(PAIR, "");
    only.input.checked = !saved || PAIR.test(saved.gender);
    shown = saved;
  };
  return { element: h("div", { class: "stack" }, h("div", { class: "fields" }, Object.values(inputs).map((f) => f.element)), only.element, h("div", { class: "row" }, save), text), update() {
    if (side.preferences !== shown) refill(side.preferences);
    text.textContent = side.preferences ? `Opted in: ${side.preferences.gender} looking for ${side.preferences.seeking_gender}, ${side.preferences.age_min}–${side.preferences.age_max}` : "";
  } };
}

const PAIR = / [a-z]+-\d{5,6}$/; // a pair's word at a gender's end

/** Genders are words that people choose; two that nobody else uses keep the pair to itself. */
export function wanted(side, given, only) {
  if (!only) return given;
  const word = side.pairWord();
  return { ...given, gender: `${given.gender} ${word}`.slice(0, 32), seeking: `${given.seeking} ${word}`.slice(0, 32) };
}

function face(side, say) {
  const check = (...files) => say.show(acts.checkFace(side, ...files));
  const file = field("A picture of your face", { type: "file", accept: "image/jpeg,image/png,image/webp" });
  file.input.addEventListener("change", () => file.input.files[0] && check(file.input.files[0]));
  const camera = cameraPanel();
  const one = () => camera.open(["Look straight ahead"], (files) => check(...files));
  const live = async () => {
    const challenge = await acts.askChallenge(side);
    if (challenge.ok) await camera.open(challenge.asks, (files) => check(...files), challenge.seconds);
    else await say.show(challenge);
  };
  const same = button("Use my photo", async () => check(side.photoFile ?? await portrait(`${side.name} ${side.person.number}`, side.key === "alice")), { class: "primary" });
  const text = h("p", { class: "hint" }, "Optional: the journey goes on without it.");
  return { element: h("div", { class: "stack" }, file.element, h("div", { class: "row" }, same, button("Webcam", one), button("Live check", live)), camera.element, text), update() {
    text.textContent = side.face ? side.face.text : "Optional: the journey goes on without it.";
  } };
}

function find(side, say) {
  const text = h("p", {});
  const search = button("Find somebody", () => say.show(acts.find(side)), { class: "primary" });
  const leave = button("Leave the queue", () => say.show(acts.leaveQueue(side)));
  return { element: h("div", { class: "stack" }, text, h("div", { class: "row" }, search, leave)), update() {
    leave.hidden = !side.waiting;
    search.hidden = side.live;
    text.textContent = side.live ? `Match ${side.match.id} with ${who(side, side.theirs(side.match, "id"))}`
      : side.waiting ? "In the queue: nobody fits yet" : side.match ? `The last match is ${side.match.status}` : "Who fits, and who has waited longest?";
  } };
}

function who(side, number) {
  return number === side.other.person.number ? side.other.name : `somebody else (number ${number})`;
}

function approve(side, say) {
  const text = h("p", {});
  const yes = button("Approve", () => say.show(acts.decide(side, true)), { class: "primary" });
  const no = button("Reject", () => say.show(acts.decide(side, false)));
  const row = h("div", { class: "row" }, yes, no);
  return { element: h("div", { class: "stack" }, text, row), update() {
    const mine = side.mine(side.match, "approved");
    row.hidden = side.match?.status !== "pending" || mine;
    const state = side.match?.status;
    text.textContent = !state ? "" : state === "matched" ? "Both have said yes" : state !== "pending" ? `This match is ${state}`
      : mine ? `Waiting for ${side.other.name}` : side.theirs(side.match, "approved") ? `${side.other.name} has said yes. And you?` : "Yes or no?";
  } };
}

function review(side, say) {
  const rating = field("Stars", { value: "5" }, ["5", "4", "3", "2", "1"].map((n) => [n, `${n} of 5`]));
  const comment = field("Comment", { value: side.character.review });
  const send = button("Send the review", () => say.show(acts.review(side, Number(rating.input.value), comment.input.value)), { class: "primary" });
  const text = h("p", {});
  const open = h("div", { class: "stack" }, h("div", { class: "fields" }, rating.element, comment.element), h("div", { class: "row" }, send));
  return { element: h("div", {}, open, text), update() {
    open.hidden = Boolean(side.review);
    text.textContent = side.review ? `${"★".repeat(side.review.rating)}${"☆".repeat(5 - side.review.rating)} ${side.review.comment}` : "";
  } };
}

function complete(side, say) {
  const text = h("p", {});
  const done = button("The date has been", () => say.show(acts.complete(side)), { class: "primary" });
  return { element: h("div", { class: "stack" }, text, h("div", { class: "row" }, done)), update() {
    done.hidden = progress(side.booking) === 4;
    text.textContent = done.hidden ? "Completed: both are free again" : "After the meeting, either of the two says so.";
  } };
}

export const STEPS = [
  { key: "account", title: "Sign up", make: account, done: (s) => Boolean(s.person.token), ready: () => true },
  { key: "photo", title: "Photo", make: photo, done: (s) => Boolean(s.photo), ready: (s) => Boolean(s.person.token) },
  { key: "preferences", title: "Preferences", make: preferences, done: (s) => Boolean(s.preferences), ready: (s) => Boolean(s.person.token) },
  { key: "face", title: "Face check", make: face, done: (s) => Boolean(s.face?.ok), ready: (s) => Boolean(s.person.token), optional: true },
  { key: "find", title: "Find a match", make: find, done: (s) => s.live || (s.booking !== null && !s.waiting), ready: (s) => Boolean(s.preferences) },
  { key: "approve", title: "Approve", make: approve, done: (s) => s.matched || s.booking !== null, ready: (s) => s.match !== null },
];
export const LATE_STEPS = [
  { key: "complete", title: "Complete", make: complete, done: (s) => progress(s.booking) === 4, ready: (s) => progress(s.booking) >= 3 },
  { key: "review", title: "Review", make: review, done: (s) => Boolean(s.review), ready: (s) => progress(s.booking) === 4 },
];
