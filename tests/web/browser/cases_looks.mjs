/* How the pages look and can be used: on a phone, in light and dark, without a mouse, for screen readers. */
import assert from "node:assert/strict";
import { axeFindings, cell, done, open, pictureFaults, screenshot, signUp } from "./page.mjs";

const PAGES = ["journey", "endpoints", "venues", "health", "admin"];
const READY = { journey: ".walk", endpoints: "details.operation", venues: ".venue-list, .empty", health: ".tile .pill", admin: ".narrow form" };

async function everyPage(context, name, options) {
  const page = await open(context, "/", options);
  await signUp(page, "alice");
  for (const key of PAGES) {
    await page.evaluate((to) => { location.hash = to; }, `#/${key}`);
    await page.locator(READY[key]).first().waitFor();
    const faults = [...await axeFindings(page), ...await pictureFaults(page)];
    assert.deepEqual(faults, [], `${key}, ${name}`);
    await screenshot(page, `${key}-${name}`);
  }
  return page;
}

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Tab until the element in focus has this text. */
async function tabTo(page, text) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const { activeElement: e } = document;
      // Chromium marks the part of a date that has the focus, not the field around it.
      return { text: e.textContent.trim(), name: `${e.tagName} ${e.id} ${e.type ?? ""}`, seen: getComputedStyle(e).outlineStyle !== "none" || ["date", "time"].includes(e.type) || e === document.body };
    });
    assert.ok(here.seen, `the focus on ${here.name} cannot be seen`);
    if (here.text === text) return;
  }
  assert.fail(`${text} cannot be reached with the Tab key`);
}

export const cases = {
  async "each page in light colours, for eyes and screen readers"(context) {
    await everyPage(context, "light", { colorScheme: "light" });
  },

  async "each page in dark colours, for eyes and screen readers"(context) {
    await everyPage(context, "dark", { colorScheme: "dark" });
  },

  async "each page at the width of a phone"(context) {
    const page = await everyPage(context, "phone", { viewport: { width: 375, height: 740 }, hasTouch: true });
    await page.evaluate(() => { location.hash = "#/journey"; });
    await page.locator(".pair-switch").waitFor();
    assert.equal(await cell(page, "account", "bob").isVisible(), false);
    await page.getByRole("tab", { name: "Bob" }).click();
    assert.equal(await cell(page, "account", "bob").isVisible(), true);
    assert.equal(await cell(page, "account", "alice").isVisible(), false);
  },

  async "the colours follow the system until one chooses"(context) {
    const page = await open(context, "/", { colorScheme: "light" });
    const light = await background(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, light);
    const dark = await background(page);
    const button = page.getByRole("button", { name: /^Colours/ });
    await button.click();
    assert.equal(await background(page), light);
    await page.reload();
    assert.equal(await background(page), light);
    await button.click();
    assert.equal(await background(page), dark);
  },

  async "signing up without a mouse"(context) {
    const page = await open(context, "/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the page");
    await page.keyboard.press("Enter");
    await tabTo(page, "Walk the whole journey");
    await tabTo(page, "Sign up");
    await page.keyboard.press("Enter");
    await done(page, "account", "alice");
    await tabTo(page, "Draw one for me");
    await page.keyboard.press("Space");
    await done(page, "photo", "alice");
    await tabTo(page, "Save and opt in");
    await page.keyboard.press("Enter");
    await done(page, "preferences", "alice");
  },

  async "nothing moves while a page comes up"(context) {
    const page = await open(context, "/");
    const shift = await page.evaluate(() => new Promise((done) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value; }).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => done(sum), 500);
    }));
    assert.ok(shift < 0.1, `the layout shifts by ${shift}`);
  },
};
