/* A form for each endpoint, made from /openapi.json, so that none is missing: parameters, body, and who asks. */
import { call } from "./api.js";
import { add, busy, field, fill, h, unique } from "./dom.js";
import { exchangeLog } from "./log.js";
import { people } from "./people.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const WHO = [["alice", "Alice"], ["bob", "Bob"], ["admin", "Admin"], ["nobody", "Nobody"]];

/** Follows $ref within the document. */
const resolve = (doc, thing) => (thing?.$ref ? thing.$ref.slice(2).split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/")], doc) : thing);

/** An example of a schema: what the document gives, else something of its type. */
function example(doc, schema, depth = 0) {
  const s = resolve(doc, schema) ?? {};
  if (schema?.examples?.length) return schema.examples[0];
  if (s.example !== undefined) return s.example;
  if (s.examples?.length) return s.examples[0];
  if (s.default !== undefined) return s.default;
  if (s.enum) return s.enum[0];
  if (depth > 4) return null;
  const type = Array.isArray(s.type) ? s.type[0] : s.type;
  if (s.properties)
    return Object.fromEntries(Object.entries(s.properties).map(([key, part]) => [key, example(doc, part, depth + 1)]));
  if (type === "array") return [example(doc, s.items, depth + 1)];
  const oneOf = s.oneOf ?? s.anyOf;
  if (oneOf) return example(doc, oneOf[0], depth + 1);
  return { integer: 1, number: 1, boolean: true, string: "" }[type] ?? null;
}

function operations(doc) {
  const list = [];
  for (const [path, item] of Object.entries(doc.paths))
    for (const method of METHODS)
      if (item[method]) list.push({ path, method: method.toUpperCase(), ...item[method],
        parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((p) => resolve(doc, p)) });
  return list;
}

/** Alice's or Bob's own id where a person's is asked for. */
function suggestion(doc, parameter, person) {
  if (/^user_?(\d_)?id$/.test(parameter.name) && person?.number) return person.number;
  if (parameter.in === "query" && !parameter.required) return "";
  return parameter.example ?? example(doc, parameter.schema) ?? "";
}

function parameterFields(doc, operation) {
  return operation.parameters.filter((p) => p.in === "path" || p.in === "query").map((parameter) => {
    const { element, input } = field(`${parameter.name}${parameter.required ? "" : " (optional)"}`, { value: suggestion(doc, parameter, null), hint: parameter.description, autocomplete: "off", required: parameter.in === "path" });
    return { parameter, element, input, touched: false };
  });
}

function formBody(doc, form) {
  const schema = resolve(doc, form.schema);
  const parts = [...(schema.allOf ?? []), schema].map((part) => resolve(doc, part).properties ?? {});
  const files = Object.entries(Object.assign({}, ...parts)).map(([name, part]) => {
    const binary = (part.format ?? part.items?.format) === "binary" || part.contentMediaType;
    return { name, ...field(name, binary ? { type: "file", multiple: part.type === "array", hint: part.description } : { hint: part.description, value: String(example(doc, part) ?? "") }) };
  });
  return { element: h("div", { class: "fields" }, files.map((f) => f.element)), value() {
    const data = new FormData();
    for (const { name, input } of files) {
      if (input.type !== "file") { if (input.value) data.append(name, input.value); continue; }
      for (const file of input.files) data.append(name, file);
    }
    return { form: data };
  } };
}

/** The example with the person's own number where a person is asked for. */
function bodyText(given, person) {
  const own = (key, value) => (/^user_?(1_)?id$/.test(key) && person?.number ? person.number : value);
  return JSON.stringify(given, own, 2);
}

function jsonBody(doc, json) {
  const given = json.example ?? example(doc, json.schema);
  const text = bodyText(given, null);
  let touched = false;
  const { element, input } = field("Body (JSON)", { area: true, rows: Math.min(14, text.split("\n").length + 1), value: text, spellcheck: "false" });
  const wrong = h("p", { class: "hint", role: "status" });
  input.addEventListener("input", () => {
    touched = true;
    try { JSON.parse(input.value || "{}"); wrong.textContent = ""; } catch (error) { wrong.textContent = `Not JSON yet: ${error.message}`; }
  });
  return { element: h("div", {}, element, wrong), value: () => ({ body: input.value || undefined }),
    whoChanged(person) { if (!touched) input.value = bodyText(given, person); } };
}

/** One of the ways that a body may be sent, or null. */
function bodyEditor(doc, operation) {
  const content = resolve(doc, operation.requestBody)?.content ?? {};
  const json = content["application/json"] && jsonBody(doc, content["application/json"]);
  const form = content["multipart/form-data"] && formBody(doc, content["multipart/form-data"]);
  if (!json || !form) return json ?? form ?? null;
  const way = field("Send the body as", { value: "json" }, [["json", "JSON"], ["form", "a form, with files"]]);
  const show = () => { form.element.hidden = way.input.value === "json"; json.element.hidden = !form.element.hidden; };
  way.input.addEventListener("change", show);
  show();
  return { element: h("div", { class: "stack" }, h("div", { class: "fields" }, way.element), json.element, form.element), value: () => (form.element.hidden ? json : form).value(), whoChanged: json.whoChanged };
}

function makeForm(doc, operation, getWho) {
  const parameters = parameterFields(doc, operation);
  const body = bodyEditor(doc, operation);
  const socket = operation["x-permission"] === "socket" || resolve(doc, operation.responses?.["101"]);
  const log = exchangeLog({ open: true });
  const send = h("button", { class: "primary", type: "submit" }, "Send");
  const form = h("form", { class: "stack", novalidate: true },
    parameters.length ? h("div", { class: "fields" }, parameters.map((p) => p.element)) : null, body?.element,
    h("div", { class: "row" }, socket ? h("p", { class: "hint" }, "A WebSocket: the Chat step of the journey opens it.") : send), log.element);
  for (const p of parameters) p.input.addEventListener("input", () => { p.touched = true; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (socket || !form.reportValidity()) return; // without its path parameters it would be another endpoint
    if (operation.method === "DELETE" && !confirm(`Really send DELETE ${operation.path}?`)) return;
    busy(send, () => {
      const value = (p) => p.input.value;
      let path = operation.path;
      const query = {};
      for (const p of parameters) {
        if (p.parameter.in === "path") path = path.replace(`{${p.parameter.name}}`, encodeURIComponent(value(p)));
        else query[p.parameter.name] = value(p);
      }
      return call(people[getWho()] ?? null, operation.method, path, { query, ...body?.value(), log });
    });
  });
  return { form, whoChanged() {
    for (const p of parameters) if (!p.touched) p.input.value = suggestion(doc, p.parameter, people[getWho()]);
    body?.whoChanged?.(people[getWho()]);
  } };
}

const PERMISSIONS = { public: "anybody", user: "signed in", partner: "partners", admin: "admins", socket: "WebSocket", local: "this machine" };

function makeOperation(doc, operation, getWho) {
  const permission = operation["x-permission"] ?? (operation.security?.length === 0 ? "public" : "user");
  const inside = h("div", { class: "step-body stack" });
  let made = null;
  const element = h("details", { class: "operation", data: { method: operation.method } },
    h("summary", {}, h("span", { class: "verb" }, operation.method), h("span", { class: "path mono" }, operation.path),
      h("span", { class: "what" }, operation.summary ?? ""), h("span", { class: "pill" }, PERMISSIONS[permission] ?? permission)), inside);
  element.addEventListener("toggle", () => {
    if (!element.open || made) return;
    made = makeForm(doc, operation, getWho);
    if (operation.description) inside.append(h("p", { class: "hint" }, operation.description));
    inside.append(made.form);
    made.whoChanged();
  });
  return { element, operation, words: `${operation.method} ${operation.path} ${operation.summary ?? ""}`.toLowerCase(), whoChanged: () => made?.whoChanged() };
}

function build(doc, holder) {
  let who = "alice";
  const group = unique("who");
  const state = h("p", { class: "hint" });
  const items = operations(doc).map((operation) => makeOperation(doc, operation, () => who));
  const tags = (doc.tags ?? []).map((tag) => tag.name);
  for (const { operation } of items) for (const tag of operation.tags ?? ["other"]) if (!tags.includes(tag)) tags.push(tag);
  const sections = tags.map((tag) => {
    const own = items.filter(({ operation }) => (operation.tags?.[0] ?? "other") === tag);
    const about = doc.tags?.find((t) => t.name === tag)?.description;
    return { own, element: h("section", { class: "tag", "aria-label": tag }, h("h2", {}, tag), about ? h("p", { class: "hint" }, about) : null, own.map((item) => item.element)) };
  });
  const found = h("p", { class: "hint", role: "status" });
  const search = field("Search", { type: "search", placeholder: "venue, POST, /bookings…" });
  const sift = () => {
    const words = search.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) item.element.hidden = !words.every((word) => item.words.includes(word));
    for (const section of sections) section.element.hidden = section.own.every((item) => item.element.hidden);
    const n = items.filter((item) => !item.element.hidden).length;
    found.textContent = n ? `${n} of ${items.length} endpoints` : "No endpoint has all of these words";
  };
  const tellWho = () => {
    const person = people[who];
    state.textContent = !person ? "Requests go without a token." : person.token ? `With ${person.name}'s token (number ${person.number}).` : `${person.name} is not signed in: requests go without a token.`;
    for (const item of items) item.whoChanged();
  };
  search.input.addEventListener("input", sift);
  const radios = h("fieldset", { class: "segments" }, h("legend", { class: "label" }, "Send as"), WHO.map(([key, name]) => h("label", {},
    h("input", { type: "radio", name: group, value: key, checked: key === who, onchange: () => { who = key; tellWho(); } }), h("span", {}, name))));
  for (const person of Object.values(people)) person.addEventListener("change", tellWho);
  fill(holder, h("div", { class: "card tools" }, search.element, radios, state), found, sections.map((s) => s.element));
  sift();
  tellWho();
}

export default function endpoints() {
  const holder = h("div", { class: "stack" });
  let built = false;
  async function load() {
    fill(holder, h("p", { class: "loading" }, "Reading /openapi.json…"));
    const reply = await call(null, "GET", "/openapi.json");
    if (reply.ok && reply.json?.paths) {
      built = true;
      build(reply.json, holder);
      return;
    }
    fill(holder, h("div", { class: "empty stack" }, h("p", {}, reply.status ? "This server has no /openapi.json to make the forms from." : reply.why),
      h("p", {}, h("button", { type: "button", onclick: load }, "Try again"))));
  }
  const element = add(h("div", {}), [h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "Every endpoint"),
    h("p", { class: "lead" }, "Made from the server's own description, so that none is missing. Replies come as they are."))), holder]);
  return { element, enter: () => { if (!built) load(); } };
}
