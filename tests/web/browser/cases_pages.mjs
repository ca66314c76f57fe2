/* The pages beside the journey: every endpoint, venues, health, administration. */
import assert from "node:assert/strict";
import { axeFindings, open, pictureFaults, screenshot, signUp } from "./page.mjs";
import { PASSWORD, newPerson, operationsOf } from "../generated/people.js";
import { Server } from "./server.mjs";

async function signedIn(context, path, options) {
  const page = await open(context, "/", options);
  await signUp(page, "alice");
  await page.evaluate((to) => { location.hash = to; }, path);
  return page;
}

/** Until the page shows that a service was asked something: for one reading, two seconds. */
const asked = (page, service) => page.locator(".tile", { hasText: service }).getByText(/\/s p50 .* p99 /).waitFor();

export const cases = {
  async "every endpoint of the description has a form that works"(context) {
    const page = await signedIn(context, "#/endpoints");
    const operations = await operationsOf(context.server);
    await page.locator("details.operation").first().waitFor();
    assert.equal(await page.locator("details.operation").count(), operations);
    await page.getByLabel("Search").fill("POST save what you look for");
    await page.getByText(`1 of ${operations} endpoints`).waitFor();
    const operation = page.locator("details.operation:visible");
    await operation.locator("summary").first().click();
    await operation.getByRole("button", { name: "Send" }).click();
    await operation.locator(".exchange .status", { hasText: "201" }).waitFor();
    await operation.getByLabel("Body (JSON)").fill("{");
    await operation.getByText(/Not JSON yet/).waitFor();
    await page.getByLabel("Nobody").check();
    await operation.getByLabel("Body (JSON)").fill("{}");
    await operation.getByRole("button", { name: "Send" }).click();
    await operation.locator(".exchange .status", { hasText: "401" }).waitFor();
    await page.getByLabel("Search").fill("POST /auth/signup");
    await operation.locator("summary").first().click();
    await operation.getByLabel("Send the body as").selectOption("form");
    await operation.getByLabel("name", { exact: true }).fill("A"); // the rest is what the description gives as examples
    await operation.locator('input[type="file"]').nth(1).waitFor();
    assert.equal(await operation.getByLabel("Body (JSON)").isVisible(), false);
    await page.getByLabel("Search").fill("no such words");
    await page.getByText("No endpoint has all of these words").waitFor();
    await page.getByLabel("Search").fill("");
    await page.evaluate(() => { for (const details of document.querySelectorAll("details.operation")) details.open = true; });
    await page.waitForFunction((n) => document.querySelectorAll("details.operation form").length === n, operations);
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(await pictureFaults(page), []);
  },

  async "venues: made, filled with slots that were shown before, and taken out of the offer"(context) {
    const page = await signedIn(context, "#/venues");
    const city = `Town ${Date.now()}`;
    await page.getByText("Create a venue").click();
    const form = page.locator("details.fold form");
    await form.getByLabel("City", { exact: true }).fill(city);
    await form.getByRole("button", { name: "Create the venue" }).click();
    await page.getByRole("heading", { name: "The Cozy Corner" }).waitFor();
    await page.getByText("No slots in this week.").waitFor();
    await page.getByLabel("Times").fill("18:00, 20:30");
    await page.getByRole("button", { name: "Show in the calendar" }).click();
    await page.getByText("14 days × 2 times = 28 slots: 28 new, 0 there already").waitFor();
    assert.ok(await page.locator('.slot[data-state="ghost"]').count() >= 2);
    await page.getByRole("button", { name: "Create them" }).click();
    await page.getByText("28 slots made").waitFor();
    await page.getByText("28 slots: 0 new, 28 there already").waitFor();
    const slot = page.locator('.slot[data-state="free"]').first();
    await slot.click();
    await page.locator('.slot[data-state="closed"]').first().waitFor();
    await page.locator(".week-picture").waitFor();
    await page.getByRole("button", { name: "The week after" }).click();
    await page.locator(`#cities option[value="${city}"]`).waitFor({ state: "attached" });
    await page.locator("form.row").getByLabel("City").fill("Nowhere at all");
    await page.getByRole("button", { name: "List", exact: true }).click();
    await page.getByText("No venue in Nowhere at all yet.").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(await pictureFaults(page), []);
    await screenshot(page, "venues-filled");
  },

  async "a list that does not end is shown as far as it was read"(context) {
    const page = await open(context, "/");
    await signUp(page, "alice");
    const venue = { id: 1, name: "The Cozy Corner", address: "123 Main St", city: "New York", rating: null, price_per_hour: 75, is_active: true };
    await page.route(/\/venues\/\?/, (route) => route.fulfill({ json: [venue], headers: { Link: '</venues/?cursor=1>; rel="next"' } }));
    await page.evaluate(() => { location.hash = "#/venues"; });
    await page.getByText("These are the first 20; there are more. Name a city.").waitFor();
    assert.equal(await page.locator(".venue-list button").count(), 20);
  },

  async "health shows each service, and moves"(context) {
    const page = await open(context, "/#/health");
    await page.locator(".tile", { hasText: "Booking" }).getByText("healthy").waitFor();
    assert.ok(await page.locator('.tile .pill[data-state="good"]').count() >= 7);
    const rate = page.locator(".chart", { hasText: "Requests a second" });
    await rate.getByText(/requests \d/).waitFor();
    await page.locator(".chart canvas").nth(3).waitFor();
    assert.equal(await page.locator(".chart canvas").count(), 4);
    await Promise.all([asked(page, "User"), newPerson(context.server, "Alice", "female")]);
    await page.getByLabel("Charts of").selectOption("Gateway");
    await rate.getByText(/requests [^0–]/).waitFor(); // this page itself asks
    await page.getByRole("cell", { name: "all seven" }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(await pictureFaults(page), []);
    await screenshot(page, "health-moving");
  },

  async "health shows the services of other processes, and that one has gone"(context) {
    const services = await Server.start({}, ["user", "matching", "booking", "venue", "faceauth", "chat"]);
    const gateway = await Server.start({ port_base: services.base, data_dir: `${services.folder}/gateway` }, ["gateway"]);
    let running = true;
    try {
      const page = await open(context, "/#/health", { server: gateway });
      await page.getByRole("row", { name: /^Gateway this address/ }).waitFor();
      await page.getByRole("row", { name: /^User, Matching, .* 127\.0\.0\.1:/ }).waitFor();
      assert.equal(await page.locator(".scroll tbody tr").count(), 2);
      await Promise.all([asked(page, "User"), newPerson(gateway, "Alice", "female")]);
      await services.remove();
      running = false;
      await page.locator(".tile", { hasText: "Booking" }).getByText("down").waitFor();
      await page.locator(".scroll tbody tr").nth(1).waitFor({ state: "detached" });
      assert.deepEqual(await pictureFaults(page), []);
    } finally {
      if (running) await services.remove();
      await gateway.remove();
    }
  },

  async "an admin decides on a registration with its documents before the eyes"(context) {
    const email = `admin.r.${Date.now()}@example.com`;
    context.server.command(["admin", "create", "--email", email, "--name", "Admin"], `${PASSWORD}\n`);
    const page = await open(context, "/#/admin");
    const name = `Alice ${Date.now()}`;
    const status = await page.evaluate(async ({ name, password }) => {
      const { portrait } = await import("/console/avatar.js");
      const form = new FormData();
      const fields = { name, email: `${name.replace(" ", ".")}@example.com`, phone: "+12125550101", gender: "female", dob: "1995-05-10", password };
      for (const [key, value] of Object.entries(fields)) form.append(key, value);
      for (const part of ["id_document", "selfie"]) form.append(part, await portrait(`${name} ${part}`, true));
      return (await fetch("/auth/signup", { method: "POST", body: form })).status;
    }, { name, password: PASSWORD });
    assert.equal(status, 201);
    await page.getByLabel("E-mail").first().fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".venue-list button", { hasText: name }).click();
    await page.locator(".document img").nth(1).waitFor();
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("A rejection takes a reason").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await screenshot(page, "admin-registration");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Approved", { exact: true }).waitFor();
    await page.getByText("No registration is pending.").waitFor();
    await page.getByLabel("Status").selectOption("approved");
    await page.locator(".venue-list button", { hasText: name }).waitFor();
  },

  async "an admin sees users and the audit trail, and others nothing"(context) {
    const person = await newPerson(context.server, "Alice", "female");
    const email = `admin.${Date.now()}@example.com`;
    context.server.command(["admin", "create", "--email", email, "--name", "Admin"], `${PASSWORD}\n`);
    const page = await open(context, "/#/admin");
    const signIn = async (as, password) => {
      await page.getByLabel("E-mail").first().fill(as);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in" }).click();
    };
    await signIn(email, "wrong-password-9");
    await page.locator(".outcome .notice").waitFor();
    await signIn(person.email, PASSWORD);
    await page.getByRole("tab", { name: "Users" }).click();
    await page.getByText("Only admins may see this.").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await signIn(email, PASSWORD);
    await page.getByRole("tab", { name: "Users" }).click();
    await page.getByRole("tabpanel", { name: "Users" }).getByLabel("E-mail").fill(person.email.toUpperCase());
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("cell", { name: person.email }).waitFor();
    await page.getByRole("tab", { name: "Users" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tabpanel", { name: "Audit trail" }).getByRole("cell", { name: "admin.create" }).or(page.getByRole("tabpanel", { name: "Audit trail" }).getByText("user.find")).first().waitFor();
    await page.keyboard.press("Home");
    await page.getByRole("tabpanel", { name: "Registrations" }).locator(".venue-list button, .empty").first().waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("tab", { name: "Audit trail" }).click();
    await page.getByRole("tabpanel", { name: "Audit trail" }).getByRole("row").nth(1).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(await pictureFaults(page), []);
    await screenshot(page, "admin-audit");
  },
};
