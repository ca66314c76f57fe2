/* What the cases do with a page: opening it, the cells of the journey, and looking for faults of its picture. */
import { readFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENS = process.env.BOOKADATE_TEST_SCREENS;

/** A page of a window of its own. Errors of its scripts and of its policy are kept in page.errors. */
export async function open(context, path, options = {}) {
  const window = await context.browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"], ...options });
  context.windows.push(window);
  const page = await window.newPage();
  page.setDefaultTimeout(45000);
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(error.message));
  page.on("console", (message) => { if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text())) page.errors.push(message.text()); });
  await page.goto((options.server ?? context.server).url + path);
  await page.locator("main h1").waitFor();
  return page;
}

export const cell = (page, step, side) => page.locator(`.step[data-step="${step}"][data-side="${side}"]`);
export const press = (page, step, side, name) => cell(page, step, side).getByRole("button", { name, exact: true }).click();
export const done = (page, step, side) => page.locator(`.step[data-step="${step}"][data-side="${side}"][data-state="done"]`).waitFor();

export async function signUp(page, side) {
  await press(page, "account", side, "Sign up");
  await done(page, "account", side);
}

export async function signIn(page, side, email, password) {
  await cell(page, "account", side).getByLabel("E-mail").fill(email);
  await cell(page, "account", side).getByLabel("Password").fill(password);
  await press(page, "account", side, "Sign in instead");
}

/** To a pending match. */
export async function meet(page) {
  for (const side of ["alice", "bob"]) {
    await signUp(page, side);
    await press(page, "preferences", side, "Save and opt in");
    await done(page, "preferences", side);
  }
  await press(page, "find", "alice", "Find somebody");
  await done(page, "find", "alice");
  await done(page, "find", "bob"); // the page shows Bob what happened without his asking
}

/** What axe calls serious or critical. */
export async function axeFindings(page) {
  const session = await page.context().newCDPSession(page); // not the page's own script: its policy stays as it is
  await session.send("Runtime.evaluate", { expression: axe });
  const result = await page.evaluate(() => globalThis.axe.run());
  return result.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? node.failureSummary})`).join("; ")}`);
}

/** Text that is cut off, controls that lie over each other, and a page that is wider than its window. */
export function pictureFaults(page) {
  return page.evaluate(() => {
    const faults = [];
    const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getBoundingClientRect().width > 1;
    const name = (e) => `${e.tagName.toLowerCase()} “${(e.textContent || e.value || e.id).trim().slice(0, 40)}”`;
    if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
    for (const e of document.querySelectorAll("h1, h2, h3, p, button, a, label, summary, .pill, dt, dd, th, td"))
      if (visible(e) && !e.closest(".sr, .skip") && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") faults.push(`${name(e)} is cut: ${e.scrollWidth} in ${e.clientWidth}`);
    const controls = [...document.querySelectorAll("main button, main input, main select, main textarea, main a")].filter((e) => visible(e) && !e.closest(".scroll, .chat-lines, .venue-list"));
    const boxes = controls.map((e) => e.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1 && !controls[i].contains(controls[j])) faults.push(`${name(controls[i])} and ${name(controls[j])} overlap`);
      }
    return faults;
  });
}

export async function screenshot(page, name) {
  if (!SCREENS) return;
  mkdirSync(SCREENS, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
}
