/* Runs the cases of the browser, two at a time, and says of each in a line of JSON how it went. --list: only their names. */
import { chromium } from "playwright-core";
import { cases as journey } from "./cases_journey.mjs";
import { cases as trouble } from "./cases_trouble.mjs";
import { cases as pages } from "./cases_pages.mjs";
import { cases as looks } from "./cases_looks.mjs";
import { cases as face } from "./cases_face.mjs";
import { screenshot } from "./page.mjs";
import { Server } from "./server.mjs";

const AT_ONCE = 2;
const CASE_MS = 150000;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
  "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

const all = { ...journey, ...trouble, ...pages, ...looks, ...face };
const only = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const names = Object.keys(all).filter((name) => !only.length || only.some((word) => name.includes(word)));

async function runOne(name, shared) {
  const context = { ...shared, windows: [] };
  const started = Date.now();
  let failure = null;
  let timer;
  try {
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done within ${CASE_MS / 1000} s`)), CASE_MS); });
    await Promise.race([all[name](context), late]);
    for (const window of context.windows) for (const page of window.pages()) if (page.errors?.length) throw new Error(`the page's console says: ${page.errors.join("\n")}`);
  } catch (error) {
    failure = error.stack ?? String(error);
    for (const [i, window] of context.windows.entries()) for (const page of window.pages()) await screenshot(page, `failed-${name.replace(/\W+/g, "-")}-${i}`).catch(() => {});
  }
  clearTimeout(timer);
  for (const window of context.windows) await window.close().catch(() => {});
  console.log(JSON.stringify({ name, ms: Date.now() - started, failure }));
}

async function main() {
  if (process.argv.includes("--list")) { console.log(JSON.stringify(names)); return; }
  const server = await Server.start();
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  const waiting = [...names];
  const worker = async () => { while (waiting.length) await runOne(waiting.shift(), { server, browser }); };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await browser.close();
  await server.remove();
}

await main();
