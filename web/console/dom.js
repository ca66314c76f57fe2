/* Making elements: the only way in which text from outside comes onto the page is as text. */

/** h("button", {class: "primary", onclick}, "Send"): attributes by name, listeners as on…, false and null are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "value") element.value = value;
    else if (name === "css") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

export function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

let counter = 0;
/** An id that no other element has. */
export const unique = (prefix) => `${prefix}-${++counter}`;

/** A labelled field. `options` makes a select: texts or [value, text]. `input` is the element. */
export function field(label, attributes = {}, options = null) {
  const id = attributes.id ?? unique("field");
  const { wide, area, hint, ...rest } = attributes;
  const tag = options ? "select" : area ? "textarea" : "input";
  const hintId = hint ? `${id}-hint` : null;
  const input = h(tag, { id, ...rest, "aria-describedby": hintId }, (options ?? []).map((option) => {
    const [value, text] = Array.isArray(option) ? option : [option, option];
    return h("option", { value, selected: value === rest.value }, text);
  }));
  if (options && rest.value !== undefined) input.value = rest.value;
  const element = h("div", { class: wide ? "wide" : null }, h("label", { for: id }, label), input,
    hint ? h("p", { class: "hint", id: hintId }, hint) : null);
  return { element, input };
}

export function checkbox(label, attributes = {}) {
  const input = h("input", { type: "checkbox", ...attributes });
  return { element: h("label", { class: "check" }, input, h("span", {}, label)), input };
}

/** Runs an act with the button busy meanwhile, so that nothing is sent twice. */
export async function busy(button, act) {
  if (button.disabled) return undefined;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  const had = document.activeElement === button;
  try {
    return await act();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (had && button.isConnected && document.activeElement === document.body) button.focus();
  }
}

export function button(text, act, attributes = {}) {
  const element = h("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", () => busy(element, act));
  return element;
}

/** Tabs as WAI-ARIA has them: arrows move, one is in the tab order. `tabs`: [[key, title, panel]]. */
export function tabs(label, entries, onChange = () => {}) {
  const buttons = entries.map(([key, title, panel], i) => {
    const id = unique("tab");
    panel.id ||= unique("panel");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", id);
    panel.tabIndex = 0;
    return h("button", { type: "button", role: "tab", id, "aria-controls": panel.id, data: { key }, onclick: () => select(i) }, title);
  });
  function select(index, focus = false) {
    buttons.forEach((b, i) => {
      b.setAttribute("aria-selected", String(i === index));
      b.tabIndex = i === index ? 0 : -1;
      entries[i][2].hidden = i !== index;
    });
    if (focus) buttons[index].focus();
    onChange(entries[index][0]);
  }
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    select((to + buttons.length) % buttons.length, true);
  } }, buttons);
  return { list, select: (key) => select(entries.findIndex((entry) => entry[0] === key)) };
}

const notices = () => document.getElementById("notices");

/** A short word in the page's head (on a narrow window at its foot, gone when touched), read out by screen readers. Returns how to take it away. */
export function notice(text, kind = "", action = null, seconds = 7) {
  const element = h("div", { class: "notice", data: { kind }, onclick: () => { if (seconds) element.remove(); } }, h("span", {}, text), action);
  notices().append(element);
  if (seconds) setTimeout(() => element.remove(), seconds * 1000);
  return () => element.remove();
}

/** Runs act from start() to stop(), again each time `ms` after its end. */
export function every(ms, act) {
  let run = 0;
  return { async start() {
    for (const mine = ++run; mine === run; await sleep(ms)) await act();
  }, stop() { run++; } };
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
