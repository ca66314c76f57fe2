/* One way to ask the server: every exchange is timed, kept and shown; a slow one, a server that is away and a session that has
 * ended are told to whoever listens. */

export const SLOW_MS = 2000;
const GIVE_UP_MS = 90000;
const BINARY = /^(image|audio|video|font)\/|octet-stream|pdf|zip/;
const MISSING_TOKEN = "Missing or invalid authorization header";

/** "slow", "answered" (detail: exchange), "away", "back". */
export const server = new EventTarget();
let away = false;
let numbers = 0;

const tell = (name, detail) => server.dispatchEvent(new CustomEvent(name, { detail }));

export const isAway = () => away;

async function watchForReturn() {
  for (let wait = 400; away; wait = Math.min(wait * 1.5, 3000)) {
    await new Promise((done) => setTimeout(done, wait));
    try {
      if ((await fetch("/health/live", { cache: "no-store" })).ok) setAway(false);
    } catch { /* not yet */ }
  }
}

export function setAway(now) {
  if (away === now) return;
  away = now;
  tell(now ? "away" : "back");
  if (now) watchForReturn();
}

function target(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

/** What went wrong, in one sentence for people. */
export function sentence(reply) {
  if (reply.status === 0) return reply.why;
  const errors = (reply.json?.errors ?? []).map((e) => `${e.field}: ${e.message}`).join("; ");
  const reason = reply.json?.reason ? ` (${reply.json.reason.replaceAll("_", " ")})` : "";
  return (errors || reply.json?.detail || `The server answered ${reply.status}`) + reason;
}

async function send(exchange, options) {
  const controller = new AbortController();
  const limit = setTimeout(() => controller.abort(), GIVE_UP_MS);
  try {
    const response = await fetch(exchange.path, { ...options, signal: controller.signal, cache: "no-store" });
    const type = response.headers.get("Content-Type") ?? "";
    const file = BINARY.test(type) ? await response.blob() : undefined;
    const text = file ? `${file.size} bytes of ${type}` : await response.text();
    return { status: response.status, ok: response.ok, file, text, json: parse(text), headers: response.headers };
  } catch {
    const late = controller.signal.aborted;
    if (!late) setAway(true);
    return { status: 0, ok: false, text: "", json: undefined, headers: new Headers(),
      why: late ? "No answer within 90 seconds" : "The server does not answer; this page tries again until it does" };
  } finally {
    clearTimeout(limit);
  }
}

/**
 * Ask the server. `person` may be null (nobody). options: body (becomes JSON), form (FormData), query, headers.
 * Always resolves: {ok, status, json, text, headers, why, exchange, stale}; status 0 when nothing came back; stale when the person has
 * signed out meanwhile, or somebody else in: then the reply is nobody's any more.
 */
export async function call(person, method, path, options = {}) {
  const headers = { ...options.headers };
  const token = person?.token ?? null;
  if (token) headers.Authorization = `Bearer ${token}`;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const exchange = { number: ++numbers, who: person?.name ?? "Nobody", method, path: target(path, options.query), headers,
    body: options.body, form: options.form, status: null, ms: 0 };
  options.log?.add(exchange);
  const started = performance.now();
  const slow = setTimeout(() => { exchange.slow = true; tell("slow", exchange); options.log?.update(exchange); }, SLOW_MS);
  const sent = options.body !== undefined ? (typeof options.body === "string" ? options.body : JSON.stringify(options.body)) : options.form;
  const reply = await send(exchange, { method, headers, body: sent });
  clearTimeout(slow);
  Object.assign(exchange, { status: reply.status, ms: performance.now() - started, reply: reply.json ?? reply.text, file: reply.file, why: reply.why });
  options.log?.update(exchange);
  tell("answered", exchange);
  if (reply.status > 0) setAway(false);
  const stale = person !== null && person.token !== token;
  if (reply.status === 401 && token && !stale && reply.json?.detail === MISSING_TOKEN) person.signOut(true);
  return { ...reply, exchange, stale };
}

const PAGES_MOST = 20;
const nextOf = (reply) => reply.headers.get("Link")?.match(/<([^>]+)>;\s*rel="next"/)?.[1];

/** A whole list: follows `Link: …; rel="next"` for at most 20 pages. The reply is the last page's, with every page's rows; `more`: there are others. */
export async function callPages(person, path, options) {
  let reply = await call(person, "GET", path, options);
  const rows = [...(reply.ok ? reply.json : [])];
  for (let page = 1; reply.ok && nextOf(reply) && page < PAGES_MOST; page++) {
    const url = new URL(nextOf(reply), location.origin);
    reply = await call(person, "GET", url.pathname + url.search, { log: options.log });
    if (reply.ok) rows.push(...reply.json);
  }
  return reply.ok ? { ...reply, json: rows, more: Boolean(nextOf(reply)) } : reply;
}

/** What to say of a list that was cut short; null of a whole one. */
export const cutShort = (reply) => (reply.more ? `These are the first ${reply.json.length}; there are more.` : null);

/** A file that needs a token, as an address for <img>; the caller revokes it. Null when it cannot be had. */
export async function picture(person, path) {
  try {
    const reply = await fetch(path, { headers: { Authorization: `Bearer ${person.token}` } });
    return reply.ok ? URL.createObjectURL(await reply.blob()) : null;
  } catch {
    return null;
  }
}

const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;

/** The request as a line for a shell, token included. */
export function asCurl(exchange) {
  const words = ["curl", "-sS"];
  if (exchange.method !== "GET") words.push("-X", exchange.method);
  words.push(quoted(location.origin + exchange.path));
  for (const [name, value] of Object.entries(exchange.headers)) words.push("-H", quoted(`${name}: ${value}`));
  if (exchange.body !== undefined) words.push("-d", quoted(typeof exchange.body === "string" ? exchange.body : JSON.stringify(exchange.body)));
  for (const [name, value] of exchange.form?.entries() ?? [])
    words.push("-F", quoted(value instanceof File ? `${name}=@${value.name}` : `${name}=${value}`));
  return words.join(" ");
}
