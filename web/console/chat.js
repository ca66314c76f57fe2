/* A live conversation over a WebSocket: messages, who is typing, the session's beginning and end, and coming back after a break. */
import { h, fill } from "./dom.js";
import { clockText } from "./time.js";

const TYPING_EVERY_MS = 2000;
const TYPING_SHOWN_MS = 3500;
const STATES = { off: ["Not connected", ""], connecting: ["Connecting…", "warn"], live: ["Live", "good"], pending: ["Waiting room", "warn"],
  expired: ["Expired", "bad"], refused: ["Refused", "bad"], lost: ["Connection lost", "warn"] };

/** crypto.randomUUID() is not there on a plain-http address. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** A panel for one side. connect(session) opens it; element goes onto the page. */
export class Chat {
  constructor(side) {
    this.side = side;
    this.seen = new Set();
    this.queue = [];
    this.last = null;
    this.state = h("span", { class: "pill", role: "status" });
    this.lines = h("ol", { class: "chat-lines", "aria-label": `Messages as ${side.name} sees them`, "aria-live": "polite", tabindex: "0" });
    this.typing = h("p", { class: "hint chat-typing", "aria-live": "polite" });
    this.input = h("input", { "aria-label": `${side.name} writes`, placeholder: "Write something kind…", maxlength: 4096, disabled: true, autocomplete: "off" });
    this.send = h("button", { class: "primary", disabled: true }, "Send");
    const form = h("form", { class: "chat-form" }, this.input, this.send);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.say(this.input.value); });
    this.input.addEventListener("input", () => this.tellTyping());
    this.element = h("div", { class: `chat chat-${side.key}` }, h("div", { class: "row" }, this.state), this.lines, this.typing, form);
    this.show("off");
  }

  show(state, why = null) {
    const [text, kind] = STATES[state];
    this.now = state;
    this.state.textContent = why ? `${text}` : text;
    this.state.dataset.state = kind;
    this.input.disabled = this.send.disabled = state !== "live";
    if (why) this.note(why);
    this.side.changed();
  }

  note(text) { this.line(h("li", { class: "chat-note" }, text)); }

  line(element) {
    this.lines.append(element);
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  /** Resolves when the session is live, or is not going to be. */
  connect(session) {
    if (this.session && this.session !== session.session_id) this.reset();
    this.session = session.session_id;
    this.meant = true;
    return this.open();
  }

  reset() {
    this.close();
    this.seen.clear();
    this.queue = [];
    this.last = null;
    fill(this.lines);
  }

  close() {
    this.meant = false;
    this.socket?.close(1000);
    this.socket = null;
  }

  open() {
    const { person } = this.side;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = `&after=${this.last ?? ""}`; // empty: all that was said
    this.show("connecting");
    const socket = new WebSocket(`${scheme}://${location.host}/chat/ws/${this.session}/${person.id}?wait=1${after}`, ["bearer", person.token]);
    this.socket = socket;
    this.ended = false;
    return new Promise((done) => {
      socket.addEventListener("open", () => setTimeout(() => {
        if (this.socket === socket && socket.readyState === WebSocket.OPEN && this.now === "connecting") this.goLive();
        done();
      }, 150)); // what refuses us, or makes us wait, says so first
      socket.addEventListener("message", (event) => this.heard(JSON.parse(event.data)));
      socket.addEventListener("close", (event) => { done(); this.closed(socket, event); });
    });
  }

  goLive() {
    this.show("live");
    this.tries = 0;
    for (const message of this.queue) this.socket.send(JSON.stringify(message));
  }

  heard(frame) {
    if (frame.error) {
      this.ended ||= this.now !== "live" || /expired|cancelled|ended/i.test(frame.error);
      this.show(/expired/i.test(frame.error) ? "expired" : this.ended ? "refused" : this.now, frame.error);
      return;
    }
    const act = { message: () => this.message(frame.data), ack: () => this.acknowledged(frame.data), typing: () => this.otherTypes(),
      session_active: () => this.goLive(), session_expired: () => { this.ended = true; this.show("expired", frame.message); },
      session_pending: () => this.show("pending", `The conversation opens at ${clockText(frame.starts_at)} UTC`) }[frame.type];
    act?.();
  }

  message(data) {
    if (this.seen.has(data.id)) return;
    this.seen.add(data.id);
    this.last = data.id;
    const own = data.sender_id === this.side.person.id;
    if (!own) this.typing.textContent = "";
    this.bubble(own ? this.side : this.side.other, data.content, own, data.timestamp);
  }

  bubble(who, text, own, moment) {
    const time = h("time", {}, moment ? clockText(moment) : "sending…");
    this.line(h("li", { class: own ? "own" : "", data: { who: who.key } }, h("span", { class: "sr" }, `${who.name}: `), h("span", {}, text), time));
    return time;
  }

  acknowledged(data) {
    const at = this.queue.findIndex((message) => message.client_id === data.client_id);
    if (at < 0) return;
    const [message] = this.queue.splice(at, 1);
    this.seen.add(data.id);
    this.last = data.id;
    message.shown().textContent = clockText(data.timestamp);
  }

  say(text) {
    if (!text.trim() || this.now !== "live") return;
    const time = this.bubble(this.side, text, true, null);
    const message = { content: text, type: "text", client_id: uuid() };
    Object.defineProperty(message, "shown", { value: () => time, enumerable: false });
    this.queue.push(message);
    this.socket.send(JSON.stringify(message));
    this.input.value = "";
  }

  tellTyping() {
    if (this.now !== "live" || Date.now() - (this.told ?? 0) < TYPING_EVERY_MS) return;
    this.told = Date.now();
    this.socket.send(JSON.stringify({ type: "typing", content: "" }));
  }

  otherTypes() {
    this.typing.textContent = `${this.side.other.name} is typing…`;
    clearTimeout(this.untyping);
    this.untyping = setTimeout(() => { this.typing.textContent = ""; }, TYPING_SHOWN_MS);
  }

  closed(socket, event) {
    if (this.socket !== socket) return;
    this.socket = null;
    if (this.ended || !this.meant) {
      if (!["expired", "refused"].includes(this.now)) this.show("off");
      return;
    }
    if (event.code === 1008) { this.show("refused", event.reason || "The server ended the connection"); return; }
    this.show("lost");
    this.tries = (this.tries ?? 0) + 1;
    setTimeout(() => { if (this.meant && !this.socket && this.side.person.token) this.open(); }, Math.min(500 * this.tries, 3000));
  }
}
