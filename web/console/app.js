/* Brings the pages together: which one is shown, what the server's state is, and what everybody must be told. */
import { isAway, server } from "./api.js";
import { fill, h, notice } from "./dom.js";
import { people } from "./people.js";
import { themeButton } from "./theme_button.js";

const PAGES = {
  journey: { title: "Journey", load: () => import("./journey.js") },
  endpoints: { title: "Every endpoint", load: () => import("./endpoints.js") },
  venues: { title: "Venues", load: () => import("./venues.js") },
  health: { title: "Health", load: () => import("./health.js") },
  admin: { title: "Admin", load: () => import("./admin.js") },
};

const main = document.getElementById("main");
const shown = new Map(); // a page keeps its state while another is shown
let current = null;

async function show() {
  const key = location.hash.match(/^#\/(\w+)/)?.[1] ?? "journey";
  const page = PAGES[key];
  if (!page) { location.hash = "#/journey"; return; }
  if (current === key) return;
  const first = current === null;
  shown.get(current)?.leave?.();
  current = key;
  for (const link of document.querySelectorAll("#pages a"))
    link.toggleAttribute("aria-current", false), link.getAttribute("href") === `#/${key}` && link.setAttribute("aria-current", "page");
  document.title = `${page.title} – BOOKADATE console`;
  if (!shown.has(key)) {
    fill(main, h("p", { class: "loading" }, "Loading…"));
    try {
      shown.set(key, (await page.load()).default());
    } catch (error) {
      console.error(error);
      fill(main, h("div", { class: "empty" }, h("p", {}, "This page could not be loaded; the server may be away."),
        h("p", {}, h("button", { type: "button", onclick: () => location.reload() }, "Load again"))));
      current = null;
      return;
    }
    if (current !== key) return;
  }
  fill(main, shown.get(key).element);
  shown.get(key).enter?.();
  if (!first) { scrollTo(0, 0); main.focus({ preventScroll: true }); }
}

// ── The server's state, at the top ──

const pill = document.getElementById("server-state");

function serverState(state, text) {
  if (pill.textContent === text) return;
  pill.dataset.state = state;
  pill.textContent = text;
}

async function lookAtServer() {
  if (document.hidden || isAway()) return;
  try {
    const reply = await fetch("/health", { cache: "no-store" });
    const services = Object.values((await reply.json()).services);
    const ill = services.filter((service) => service.status !== "healthy").length;
    serverState(ill ? "warn" : "good", ill ? `${ill} of ${services.length} down` : "All services up");
  } catch {
    serverState("bad", "Server away");
  }
}

document.querySelector(".top-end").before(document.getElementById("notices")); // in the head, where they hide nothing
let takeAway = null;
server.addEventListener("away", () => {
  serverState("bad", "Server away");
  takeAway ??= notice("The server does not answer. What you typed is kept; this page goes on when it is back.", "bad", null, 0);
});
server.addEventListener("back", () => {
  takeAway?.();
  takeAway = null;
  notice("The server is back.", "good");
  lookAtServer();
});

const slow = new Map();
server.addEventListener("slow", ({ detail }) => {
  slow.set(detail.number, notice(`Still waiting for ${detail.method} ${detail.path.split("?")[0]} …`, "warn", null, 0));
});
server.addEventListener("answered", ({ detail }) => {
  slow.get(detail.number)?.();
  slow.delete(detail.number);
});

for (const person of Object.values(people))
  person.addEventListener("expired", () => notice(`${person.name}'s session has ended. Sign in again to go on.`, "warn", null, 12));

themeButton(document.getElementById("theme"));
addEventListener("hashchange", show);
show();
lookAtServer();
setInterval(lookAtServer, 5000);
