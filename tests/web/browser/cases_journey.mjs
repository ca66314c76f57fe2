/* The journey: by itself, by hand, and its conversation in two windows. */
import assert from "node:assert/strict";
import { axeFindings, cell, done, meet, open, pictureFaults, press, screenshot, signIn } from "./page.mjs";
import { PASSWORD, bookedCouple } from "../generated/people.js";

export const cases = {
  async "one button walks the whole journey"(context) {
    const page = await open(context, "/");
    await page.getByRole("button", { name: "Walk the whole journey" }).click();
    await page.locator('.walk[data-state="good"]').waitFor({ timeout: 120000 });
    const late = page.locator('.step:not([data-state="done"]):not([data-step="face"])');
    assert.deepEqual(await late.evaluateAll((cells) => cells.map((c) => `${c.dataset.step} of ${c.dataset.side}: ${c.dataset.state}`)), []);
    for (const side of ["alice", "bob"]) {
      const lines = await cell(page, "chat", side).locator(".chat-lines li").allTextContents();
      assert.ok(lines.some((line) => line.includes("Nice to meet you")) && lines.some((line) => line.includes("tulips")), lines.join("|"));
    }
    const asked = await page.locator(".exchange").count();
    assert.ok(asked >= 26, `only ${asked} requests are shown`);
    await cell(page, "account", "alice").locator(".exchange summary").click();
    const shown = await cell(page, "account", "alice").locator(".exchange pre").allTextContents();
    assert.ok(shown[0].includes("alice.") && shown[1].includes('"user_number"'), shown.join());
    assert.ok(!shown.join().includes("eyJ"), "a token stands on the page");
    await cell(page, "account", "alice").getByRole("button", { name: "Copy as curl" }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^curl -sS -X POST 'http:\/\/localhost:\d+\/auth\/signup' -H 'Content-Type: application\/json' -d '\{/);
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(await pictureFaults(page), []);
    await screenshot(page, "journey-walked");
  },

  async "two people go the journey by hand"(context) {
    const page = await open(context, "/test_all_services.html");
    await meet(page);
    for (const side of ["alice", "bob"]) {
      await press(page, "photo", side, "Draw one for me");
      await done(page, "photo", side);
      await press(page, "approve", side, "Approve");
    }
    await done(page, "approve", "alice");
    await press(page, "venue", "bob", "Open the booking");
    await press(page, "venue", "bob", "Propose it");
    await cell(page, "venue", "bob").getByText("Nothing is chosen").waitFor();
    await press(page, "venue", "alice", "Create The Cozy Corner");
    await press(page, "venue", "alice", "Propose it");
    await cell(page, "venue", "bob").getByText("Alice proposes The Cozy Corner").waitFor();
    await press(page, "venue", "bob", "Reject");
    await cell(page, "venue", "alice").getByText("Where to?").waitFor();
    await press(page, "venue", "alice", "Propose it");
    await press(page, "venue", "bob", "Agree");
    await done(page, "venue", "alice");
    await press(page, "time", "bob", "Free times");
    const slot = (side) => cell(page, "time", side).getByRole("button", { name: "Make it a slot" });
    assert.deepEqual([await slot("alice").isVisible(), await slot("bob").isVisible()], [true, false]); // the venue is hers
    await press(page, "time", "bob", "Propose it");
    await press(page, "time", "alice", "Agree");
    await done(page, "time", "bob");
    await press(page, "confirm", "alice", "Confirm the booking");
    await done(page, "confirm", "bob");
    const codes = await page.locator(".code:visible").allTextContents();
    assert.ok(codes.length === 2 && codes[0] === codes[1] && /^[A-Z2-9]{8}$/.test(codes[0]), codes.join());
    await press(page, "chat", "alice", "Join the conversation");
    await press(page, "chat", "bob", "Join the conversation");
    await cell(page, "chat", "bob").getByText("Live").waitFor();
    await cell(page, "chat", "alice").getByLabel("Alice writes").fill("<b>Hello</b> & good evening");
    await press(page, "chat", "alice", "Send");
    await cell(page, "chat", "bob").getByText("<b>Hello</b> & good evening").waitFor();
    await press(page, "complete", "alice", "The date has been");
    await done(page, "complete", "bob");
    await press(page, "review", "bob", "Send the review");
    await done(page, "review", "bob");
    await page.reload(); // the session is kept, and the page finds its way back
    await done(page, "account", "alice");
    await done(page, "photo", "alice");
    await done(page, "complete", "alice");
    await done(page, "review", "bob");
  },

  async "a conversation in two windows, with who is typing"(context) {
    const { alice, bob } = await bookedCouple(context.server);
    const [hers, his] = await Promise.all([open(context, "/"), open(context, "/")]);
    await Promise.all([signIn(hers, "alice", alice.email, PASSWORD), signIn(his, "bob", bob.email, PASSWORD)]);
    await Promise.all([press(hers, "chat", "alice", "Join the conversation"), press(his, "chat", "bob", "Join the conversation")]);
    await cell(hers, "chat", "alice").getByText("Live").waitFor();
    await cell(his, "chat", "bob").getByText("Live").waitFor();
    await cell(hers, "chat", "alice").getByLabel("Alice writes").pressSequentially("Hel");
    await cell(his, "chat", "bob").getByText("Alice is typing…").waitFor();
    await cell(hers, "chat", "alice").getByLabel("Alice writes").fill("Hello from my window");
    await press(hers, "chat", "alice", "Send");
    await cell(his, "chat", "bob").getByText("Hello from my window").waitFor();
    await cell(his, "chat", "bob").getByLabel("Bob writes").fill("And from mine");
    await cell(his, "chat", "bob").getByLabel("Bob writes").press("Enter");
    await cell(hers, "chat", "alice").getByText("And from mine").waitFor();
    assert.equal(await cell(hers, "chat", "alice").locator("li.own").count(), 1);
    const third = await open(context, "/"); // who joins later reads what was said before
    await signIn(third, "bob", bob.email, PASSWORD);
    await press(third, "chat", "bob", "Join the conversation");
    for (const text of ["Hello from my window", "And from mine"]) await cell(third, "chat", "bob").getByText(text).waitFor();
  },

  async "a face check with the webcam"(context) {
    const page = await open(context, "/");
    await press(page, "account", "alice", "Sign up");
    await press(page, "photo", "alice", "Draw one for me");
    await done(page, "photo", "alice");
    await press(page, "face", "alice", "Webcam");
    await press(page, "face", "alice", "Take the picture");
    await cell(page, "face", "alice").locator('.exchange .status:not(:text("…"))').first().waitFor();
    const status = await cell(page, "face", "alice").locator(".exchange .status").first().textContent();
    assert.ok(["200", "401", "503"].includes(status), status);
    if (status !== "200") await cell(page, "face", "alice").locator(".outcome .notice").waitFor();
  },
};
