/* What goes wrong in front of somebody's eyes: expiry, a wrong password, a server that is away, slow, or says no. */
import assert from "node:assert/strict";
import { cell, done, meet, open, press, screenshot, signIn, signUp } from "./page.mjs";
import { PASSWORD, bookedCouple, endSessions, newPerson } from "../generated/people.js";
import { Server } from "./server.mjs";

export const cases = {
  async "a match expires while one looks at it"(context) {
    const server = await Server.start({ match_expiry_days: 1 });
    try {
      const page = await open(context, "/", { server });
      await meet(page);
      assert.equal(server.sql("UPDATE matches SET created_at = created_at - 2 * 86400000000"), 1);
      await cell(page, "find", "alice").getByText("The last match is expired").waitFor();
      await cell(page, "approve", "bob").getByText("This match is expired").waitFor();
      assert.equal(await cell(page, "approve", "bob").getByRole("button", { name: "Approve" }).isVisible(), false);
    } finally {
      await server.remove();
    }
  },

  async "a conversation ends while one is in it"(context) {
    const page = await open(context, "/");
    await signUp(page, "alice");
    await signUp(page, "bob");
    const chat = cell(page, "chat", "alice");
    const state = chat.locator(".pill[role=status]");
    await chat.getByText("A conversation without a booking").click();
    await chat.getByLabel("Minutes").fill("1");
    for (const seconds of [5, 20, 60]) { // on a slow machine it may have ended before one has come in
      const ends = Date.now() + seconds * 1000; // the meeting, its one minute and the half hour after it
      await chat.getByLabel("Meeting (UTC)").fill(new Date(ends - 31 * 60000).toISOString().slice(0, 19));
      await press(page, "chat", "alice", "Open it");
      await press(page, "chat", "alice", "Join the conversation");
      await state.filter({ hasText: /Live|Expired|Refused/ }).waitFor();
      if ((await state.textContent()) === "Live") break;
    }
    await chat.getByText("Chat session has expired").last().waitFor();
    await state.filter({ hasText: "Expired" }).waitFor();
    assert.equal(await chat.getByLabel("Alice writes").isDisabled(), true);
  },

  async "a wrong password is refused in words"(context) {
    const person = await newPerson(context.server, "Alice", "female");
    const page = await open(context, "/");
    await signIn(page, "alice", person.email, "not-the-password-1");
    await cell(page, "account", "alice").locator(".outcome .notice").waitFor();
    assert.match(await cell(page, "account", "alice").locator(".outcome").textContent(), /password|e-mail/i);
    assert.equal(await page.evaluate(() => sessionStorage.getItem("session-alice")), null);
    await signIn(page, "alice", person.email, PASSWORD);
    await done(page, "account", "alice");
    assert.equal(await cell(page, "account", "alice").locator(".outcome .notice").count(), 0);
  },

  async "a refused field is named"(context) {
    const page = await open(context, "/");
    await cell(page, "account", "bob").getByLabel("Born").fill("2020-01-01");
    await press(page, "account", "bob", "Sign up");
    await cell(page, "account", "bob").getByText(/dob: /).waitFor();
  },

  async "a session that has ended says so, and one signs in again"(context) {
    const person = await newPerson(context.server, "Bob", "male");
    const page = await open(context, "/");
    const lookedAround = page.waitForResponse(/\/matches\/user\//); // the last thing asked when one comes in: from here on it is Bob who asks first
    await signIn(page, "bob", person.email, PASSWORD);
    await done(page, "account", "bob");
    await lookedAround;
    await endSessions(context.server, person);
    await press(page, "preferences", "bob", "Save and opt in");
    await page.getByText("Bob's session has ended. Sign in again to go on.").waitFor();
    await cell(page, "account", "bob").getByRole("button", { name: "Sign in instead" }).waitFor();
  },

  async "a late answer to one person is not shown to the next"(context) {
    const { alice } = await bookedCouple(context.server);
    const page = await open(context, "/");
    let answer;
    const asked = new Promise((done) => { answer = done; });
    await page.route(`**/users/${alice.user_id}`, async (route) => { await asked; await route.continue(); });
    await page.route(`**/matches/user/${alice.user_number}?*`, async (route) => { await asked; await route.continue(); });
    await signIn(page, "alice", alice.email, PASSWORD);
    await cell(page, "account", "alice").getByText(`Signed in as ${alice.email}`).waitFor();
    await press(page, "account", "alice", "Sign out");
    const stranger = await newPerson(context.server, "Alice", "female");
    await signIn(page, "alice", stranger.email, PASSWORD);
    await cell(page, "account", "alice").getByText(`Signed in as ${stranger.email}`).waitFor();
    const late = page.waitForResponse(new RegExp(`/users/${alice.user_id}`));
    answer();
    assert.equal((await late).status(), 401);
    await cell(page, "account", "alice").getByText(`Signed in as ${stranger.email}`).waitFor(); // still: the old session's end is not hers
    assert.equal(await page.getByText("Alice's session has ended").count(), 0);
    assert.equal(await page.locator('.step[data-step="preferences"][data-side="alice"]').getAttribute("data-state"), "ready");
  },

  async "a server that stops and comes back"(context) {
    const server = await Server.start();
    let running = true;
    try {
      const page = await open(context, "/", { server });
      await signUp(page, "alice");
      await cell(page, "preferences", "alice").getByLabel("Interests").fill("opera");
      await server.stop();
      running = false;
      await press(page, "preferences", "alice", "Save and opt in");
      await page.getByText("The server does not answer. What you typed is kept").waitFor();
      await page.locator("#server-state", { hasText: "Server away" }).waitFor();
      await screenshot(page, "server-away");
      await server.run();
      running = true;
      await page.getByText("The server is back.").waitFor();
      assert.equal(await cell(page, "preferences", "alice").getByLabel("Interests").inputValue(), "opera");
      await press(page, "preferences", "alice", "Save and opt in");
      await done(page, "preferences", "alice");
    } finally {
      if (running) await server.remove();
    }
  },

  async "a slow reply is waited for in words"(context) {
    const page = await open(context, "/");
    let answer;
    const asked = new Promise((done) => { answer = done; });
    await page.route("**/auth/signup", async (route) => {
      await asked;
      await route.continue();
    });
    await press(page, "account", "alice", "Sign up");
    await page.getByText("Still waiting for POST /auth/signup").waitFor();
    await cell(page, "account", "alice").getByText("still waiting…").waitFor();
    assert.equal(await cell(page, "account", "alice").getByRole("button", { name: "Sign up" }).isDisabled(), true);
    answer();
    await done(page, "account", "alice");
    assert.equal(await page.getByText("Still waiting for POST /auth/signup").count(), 0);
  },
};
