/* For admins: registrations to review, users, and what admins did. Says so politely where a server lacks one of these. */
import { call, sentence } from "./api.js";
import { busy, button, field, fill, h, notice, tabs } from "./dom.js";
import { exchangeLog } from "./log.js";
import { admin } from "./people.js";
import { registrations } from "./registrations.js";
import { momentText } from "./time.js";

/** A list that comes in pages: query() gives the parameters, row(item) a table row, heads the columns. */
export function pagedTable(path, heads, row, log, query = () => ({}), none = "Nothing here yet.") {
  const body = h("tbody", {});
  const table = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": path }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), body));
  const state = h("div", {});
  const more = button("Show more", () => load(true), { hidden: true });
  let next = null;
  let loads = 0;

  async function load(further = false) {
    if (!further) { fill(body); table.hidden = true; fill(state, h("p", { class: "loading" }, "Loading…")); }
    const turn = ++loads;
    const reply = further && next ? await call(admin, "GET", next, { log }) : await call(admin, "GET", path, { query: { limit: 50, ...query() }, log });
    if (turn !== loads) return;
    if (!reply.ok) {
      more.hidden = true;
      fill(state, h("p", { class: "empty" }, reply.status === 404 ? "This server does not offer this yet." : reply.status === 403 ? "Only admins may see this." : sentence(reply)));
      return;
    }
    next = reply.headers.get("Link")?.match(/<([^>]+)>;\s*rel="next"/)?.[1] ?? null;
    if (next?.startsWith("http")) next = new URL(next).pathname + new URL(next).search;
    more.hidden = !next;
    body.append(...reply.json.map(row));
    table.hidden = !body.childElementCount;
    fill(state, body.childElementCount ? null : h("p", { class: "empty" }, none));
  }
  return { element: h("div", { class: "stack" }, state, table, h("div", {}, more)), load };
}

const cell = (text, cls) => h("td", { class: cls }, text ?? "–");

function users(log) {
  const email = field("E-mail, the whole address", { type: "search", placeholder: "everybody" });
  const list = pagedTable("/admin/users", ["No.", "Name", "E-mail", "Role", "Verified", "Since"], (user) => h("tr", {}, cell(String(user.user_number), "number"), cell(user.name), cell(user.email),
    cell(user.role), cell(user.verified ? `yes (${user.kyc_level})` : "no"), cell(momentText(user.created_at))), log, () => ({ email: email.input.value.trim() }), "Nobody has this e-mail.");
  const form = h("form", { class: "row end" }, email.element, h("button", { type: "submit" }, "Find"));
  form.addEventListener("submit", (event) => { event.preventDefault(); list.load(); });
  return { element: h("div", { class: "stack" }, form, list.element), load: list.load };
}

function audit(log) {
  const list = pagedTable("/admin/audit", ["When", "Who", "What", "To what", "Request"], (entry) => h("tr", {}, cell(momentText(entry.at)), cell(entry.actor_number ? `number ${entry.actor_number}` : "command line"),
    cell(entry.action), cell(entry.target), h("td", { class: "mono" }, entry.request_id)), log, undefined, "No admin has done anything yet.");
  return { element: list.element, load: list.load };
}

function signIn(log, wrong) {
  const email = field("E-mail", { type: "email", autocomplete: "username" });
  const password = field("Password", { type: "password", autocomplete: "current-password" });
  const send = h("button", { class: "primary", type: "submit" }, "Sign in");
  const form = h("form", { class: "stack", novalidate: true }, email.element, password.element, h("div", { class: "row" }, send), wrong);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(send, async () => {
      fill(wrong);
      const reply = await call(null, "POST", "/auth/login", { body: { email: email.input.value, password: password.input.value }, log });
      if (!reply.ok) { fill(wrong, h("span", { class: "notice", data: { kind: "bad" } }, sentence(reply))); return; }
      password.input.value = "";
      admin.signIn(reply.json);
    });
  });
  return h("section", { class: "card narrow stack" }, h("h2", {}, "Sign in as an admin"),
    h("p", { class: "hint" }, "An admin is made on the server: ", h("code", {}, "bookadate admin create --email you@example.com --name You")), form);
}

export default function adminPage() {
  const log = exchangeLog();
  const wrong = h("p", { class: "outcome", role: "status" });
  const lists = { registrations: registrations(log), users: users(log), audit: audit(log) };
  const titles = { registrations: "Registrations", users: "Users", audit: "Audit trail" };
  let at = "registrations";
  const bar = tabs("What to look at", Object.keys(lists).map((key) => [key, titles[key], lists[key].element]), (key) => { at = key; if (admin.token) lists[key].load(); });
  const who = h("p", { class: "hint" });
  const inside = h("section", { class: "card" }, h("div", { class: "row week-head" }, who, button("Sign out", async () => {
    await call(admin, "POST", "/auth/logout", { log });
    admin.signOut();
    notice("Signed out", "good");
  }, { class: "small" })), bar.list, Object.values(lists).map((list) => list.element));
  const outside = signIn(log, wrong);
  const element = h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "Administration"), h("p", { class: "lead" }, "Everything an admin does here is written into the audit trail."))),
    outside, inside, h("details", { class: "card fold after" }, h("summary", {}, h("h2", {}, "What was asked")), log.element));
  const update = () => {
    outside.hidden = Boolean(admin.token);
    inside.hidden = !admin.token;
    who.textContent = admin.session ? `Signed in as ${admin.session.email}` : "";
  };
  admin.addEventListener("change", () => { update(); if (admin.token) bar.select(at); });
  update();
  return { element, enter: () => { if (admin.token) bar.select(at); else bar.select("registrations"); } };
}
