/* Registrations with a document that wait for somebody's decision. */
import { call, callPages, cutShort, picture, sentence } from "./api.js";
import { button, field, fill, h, notice } from "./dom.js";
import { admin } from "./people.js";
import { momentText } from "./time.js";

const STATES = ["pending", "approved", "rejected"];
const PROBLEMS = { no_face: "no face found", several_faces: "more than one face", too_small: "the face is too small", too_blurred: "too blurred", too_dark: "too dark" };

const factText = (key, value) => (/_at$/.test(key) ? momentText(String(value)) : /_problem$/.test(key) ? PROBLEMS[value] ?? String(value).replaceAll("_", " ") : String(value));

function facts(item) {
  const skip = new Set(["id", "documents", "files", ...pictures(item).map(([name]) => name)]);
  return h("dl", { class: "facts" }, Object.entries(item).filter(([key, value]) => !skip.has(key) && value !== null && typeof value !== "object").map(([key, value]) =>
    h("div", {}, h("dt", {}, key.replaceAll("_", " ")), h("dd", {}, factText(key, value)))));
}

/** Every path in the reply that names a picture. */
const pictures = (item) => Object.entries(item).filter(([, value]) => typeof value === "string" && /^\/\S+$/.test(value));

export function registrations(log) {
  const status = field("Status", { value: "pending" }, STATES);
  const list = h("div", { class: "stack" });
  const detail = h("div", { class: "stack" });

  let turn = 0; // of what was asked last: an answer to anything before is not shown

  async function load() {
    const mine = ++turn;
    fill(list, h("p", { class: "loading" }, "Loading…"));
    fill(detail);
    const reply = await callPages(admin, "/admin/registrations", { query: { status: status.input.value, limit: 100 }, log });
    if (mine !== turn) return;
    if (!reply.ok) {
      fill(list, h("p", { class: "empty" }, reply.status === 404 ? "This server takes no registrations with documents." : sentence(reply)));
      return;
    }
    const rows = Array.isArray(reply.json) ? reply.json : [];
    fill(list, rows.length ? h("ul", { class: "venue-list" }, rows.map((item) => h("li", {}, h("button", { type: "button", data: { id: item.id }, onclick: () => open(item.id) },
      h("span", { class: "name" }, item.name ?? item.email ?? `Registration ${item.id}`), h("span", { class: "hint" }, momentText(item.created_at)))))) : h("p", { class: "empty" }, `No registration is ${status.input.value}.`), reply.more && h("p", { class: "hint" }, cutShort(reply)));
  }

  async function decide(id, what, body) {
    const reply = await call(admin, "POST", `/admin/registrations/${id}/${what}`, { body, log });
    notice(reply.ok ? (what === "approve" ? "Approved" : "Rejected") : sentence(reply), reply.ok ? "good" : "bad");
    if (reply.ok) await load();
  }

  async function open(id) {
    const mine = ++turn;
    for (const b of list.querySelectorAll("button[data-id]")) b.setAttribute("aria-current", String(b.dataset.id === String(id)));
    const reply = await call(admin, "GET", `/admin/registrations/${id}`, { log });
    if (mine !== turn) return;
    if (!reply.ok) { fill(detail, h("p", { class: "empty" }, sentence(reply))); return; }
    const reason = field("Reason for a rejection", { value: "" });
    const shown = h("div", { class: "row" });
    const item = reply.json;
    const waits = (item.status ?? item.registration_status) === "pending";
    fill(detail, h("section", { class: "card stack", "aria-label": "One registration" }, h("h3", {}, item.name ?? `Registration ${id}`), facts(item), shown,
      waits ? h("div", { class: "stack" }, reason.element, h("div", { class: "row" }, button("Approve", () => decide(id, "approve"), { class: "primary" }),
        button("Reject", () => (reason.input.value.trim() ? decide(id, "reject", { reason: reason.input.value }) : (reason.input.focus(), notice("A rejection takes a reason", "warn")))))) : null));
    for (const [name, path] of pictures(item)) {
      const src = await picture(admin, path);
      if (src) shown.append(h("figure", { class: "document" }, h("img", { src, alt: name.replaceAll("_", " ") }), h("figcaption", {}, name.replaceAll("_", " "))));
    }
  }

  status.input.addEventListener("change", load);
  return { element: h("div", { class: "stack" }, h("div", { class: "fields" }, status.element), list, detail), load };
}
