// What the browser's cases ask the server beside the page, by the client that is generated from its description: the compiler
// checks every path, body and reply. Knows no browser.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api.js";

export const PASSWORD = "correct-Horse-7-battery";

type Server = { url: string };
export type Person = components["schemas"]["Session"] & { token: string };

let people = 0;

const as = (server: Server, person?: Person) =>
  createClient<paths>({ baseUrl: server.url, headers: person ? { Authorization: `Bearer ${person.token}` } : {} });

/** The reply's body; throws what the server said instead. */
async function said<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (data === undefined) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data;
}

export async function newPerson(server: Server, name: string, gender: string): Promise<Person> {
  const email = `${name.toLowerCase()}.${process.pid}.${++people}@example.com`;
  const session = await said(as(server).POST("/auth/signup", {
    body: { name, email, phone: "+12125550100", gender, dob: "1995-05-10", password: PASSWORD, bio: "Hello" },
  }));
  return { ...session, token: session.access_token };
}

/** Ends all of somebody's sessions. */
export const endSessions = (server: Server, person: Person) => said(as(server, person).POST("/auth/logout", { body: { all: true } }));

async function optIn(server: Server, person: Person, gender: string, seeking_gender: string) {
  await said(as(server, person).POST("/matches/preferences", {
    body: { user_id: person.user_number, gender, seeking_gender, age_min: 18, age_max: 99, interests: "coffee", bio: "Hello" },
  }));
}

/** Alice and Bob, matched: each has said yes. */
async function couple(server: Server) {
  const [alice, bob] = [await newPerson(server, "Alice", "female"), await newPerson(server, "Bob", "male")];
  const word = `${process.pid} ${++people}`; // genders that nobody else has: other cases' people are no candidates
  await optIn(server, alice, `f ${word}`, `m ${word}`);
  await optIn(server, bob, `m ${word}`, `f ${word}`);
  const match = await said(as(server, alice).POST("/matches/find", { body: { user_id: alice.user_number } }));
  for (const person of [alice, bob])
    await said(as(server, person).POST("/matches/approve", { params: { query: { user_id: person.user_number } }, body: { match_id: match.id, approved: true } }));
  return { alice, bob, match_id: match.id };
}

/** Alice and Bob with a confirmed booking in ten minutes, so that their conversation is open. */
export async function bookedCouple(server: Server) {
  const { alice, bob, match_id } = await couple(server);
  const [hers, his] = [as(server, alice), as(server, bob)];
  const venue = await said(hers.POST("/venues", { body: { name: "The Cozy Corner", address: "123 Main St", city: "New York", capacity: 50, price_per_hour: 75 } }));
  const { id: booking_id } = await said(hers.POST("/bookings/create", { body: { match_id, user_1_id: alice.user_number, user_2_id: bob.user_number } }));
  const soon = new Date(Date.now() + 600000).toISOString();
  const [date, time] = [soon.slice(0, 10), soon.slice(11, 16)];
  await said(hers.POST("/bookings/propose-venue", { params: { query: { booking_id, venue_id: venue.id, user_id: alice.user_number } } }));
  await said(his.POST("/bookings/approve-venue", { params: { query: { user_id: bob.user_number } }, body: { booking_id, venue_id: venue.id, approved: true } }));
  await said(hers.POST("/bookings/propose-time", { params: { query: { booking_id, date, time, user_id: alice.user_number } } }));
  await said(his.POST("/bookings/approve-time", { params: { query: { user_id: bob.user_number } }, body: { booking_id, date, time, approved: true } }));
  await said(hers.POST("/bookings/confirm", { body: { booking_id } }));
  return { alice, bob };
}

/** How many endpoints the server's own description has. */
export async function operationsOf(server: Server): Promise<number> {
  const description = (await said(as(server).GET("/openapi.json"))) as { paths: Record<string, Record<string, unknown>> };
  const methods = ["get", "post", "put", "patch", "delete"];
  return Object.values(description.paths).flatMap((item) => Object.keys(item).filter((key) => methods.includes(key))).length;
}
