/* Shows what was asked and what was answered. Secrets are masked on the page; the copied command has them. */
import { asCurl } from "./api.js";
import { h, fill, button, notice } from "./dom.js";

const SECRET = /password|access_token|Authorization/i;
const KEPT = 12;

function masked(value, name = "") {
  if (typeof value === "string" && SECRET.test(name)) return "••••••••";
  if (Array.isArray(value)) return value.map((item) => masked(item));
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, key)]));
  return value;
}

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON with its parts in colours. */
export function pretty(value) {
  const pre = h("pre", { tabindex: "0" });
  if (typeof value === "string") {
    pre.textContent = value || "(empty)";
    return pre;
  }
  const text = JSON.stringify(masked(value), null, 2);
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    pre.append(text.slice(at, match.index));
    const kind = match[2] ? "key" : match[1] ? "text" : match[3] ? "lit" : "num";
    pre.append(h("span", { class: kind }, match[1] ?? match[0]), match[2] ?? "");
    at = match.index + match[0].length;
  }
  pre.append(text.slice(at));
  return pre;
}

function requestParts(exchange) {
  if (exchange.body !== undefined) return pretty(typeof exchange.body === "string" ? tryParse(exchange.body) : exchange.body);
  if (exchange.form)
    return pretty([...exchange.form.entries()].map(([name, value]) =>
      value instanceof File ? `${name}: ${value.name} (${value.type}, ${Math.ceil(value.size / 1024)} KiB)` : `${name}: ${value}`).join("\n"));
  return h("p", { class: "hint" }, "No body");
}

function tryParse(text) {
  try { return JSON.parse(text); } catch { return text; }
}

async function copy(exchange) {
  try {
    await navigator.clipboard.writeText(asCurl(exchange));
    notice("Copied. The command holds the session's token: keep it to yourself.", "good");
  } catch {
    notice("The browser did not allow copying", "bad");
  }
}

const kindOf = (exchange) => (exchange.status === null ? (exchange.slow ? "warn" : "") : exchange.status === 0 || exchange.status >= 400 ? "bad" : "good");

function statusText(exchange) {
  if (exchange.status === null) return exchange.slow ? "still waiting…" : "…";
  return exchange.status === 0 ? "no answer" : String(exchange.status);
}

function image(file) {
  if (!file?.type.startsWith("image/")) return null;
  const src = URL.createObjectURL(file);
  const done = () => URL.revokeObjectURL(src);
  return h("img", { class: "answer-image", src, alt: "The picture that was answered", onload: done, onerror: done });
}

function draw(details, exchange) {
  details.dataset.kind = kindOf(exchange);
  fill(details,
    h("summary", {},
      h("span", { class: "method" }, exchange.method), h("span", { class: "path" }, decodeURIComponent(exchange.path.replaceAll("+", " "))),
      h("span", { class: "status" }, statusText(exchange)),
      h("span", { class: "ms" }, exchange.status === null ? "" : `${Math.round(exchange.ms)} ms`)),
    h("div", { class: "inside" },
      h("div", { class: "part" }, h("span", {}, `Asked by ${exchange.who}`), button("Copy as curl", () => copy(exchange), { class: "small quiet" })),
      requestParts(exchange),
      h("div", { class: "part" }, h("span", {}, "Answered")),
      exchange.status === null ? h("p", { class: "hint" }, "Nothing yet") : exchange.status === 0 ? h("p", {}, exchange.why) : [pretty(exchange.reply), image(exchange.file)]));
}

/** A list of exchanges: log.add(exchange), log.update(exchange); log.element goes onto the page. */
export function exchangeLog({ open = false } = {}) {
  const element = h("div", { class: "exchanges" });
  const shown = new Map();
  return {
    element,
    add(exchange) {
      const details = h("details", { class: "exchange", open });
      shown.set(exchange.number, details);
      draw(details, exchange);
      element.prepend(details);
      while (element.children.length > KEPT) element.lastChild.remove();
    },
    update(exchange) {
      const details = shown.get(exchange.number);
      if (details) draw(details, exchange);
    },
  };
}
