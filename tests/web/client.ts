// Uses the generated client as somebody who writes one would: the compiler checks every path, body and reply.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api.js";

type Session = components["schemas"]["Session"];

const url = process.argv[2];
if (url === undefined) throw new Error("usage: client.js URL");
const anyone = createClient<paths>({ baseUrl: url });

function expect(fine: boolean, what: string): asserts fine {
  if (!fine) throw new Error(what);
}

async function signUp(name: string, gender: string): Promise<Session> {
  const email = `${name}-${process.pid}-${Date.now()}@example.com`;
  const { data, error, response } = await anyone.POST("/auth/signup", {
    body: { name, email, phone: "+1234567890", gender, dob: "1995-05-10", password: "correct-Horse-7-battery" },
  });
  expect(data !== undefined && response.status === 201, `sign-up: ${JSON.stringify(error)}`);
  return data;
}

const as = (session: Session) =>
  createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${session.access_token}` } });

// ── A pair ──
const [hers, his] = [`a-${process.pid}-${Date.now()}`.slice(0, 30), `b-${process.pid}-${Date.now()}`.slice(0, 30)];
const alice = await signUp("Alice", "female");
const bob = await signUp("Bob", "male");
const [a, b] = [as(alice), as(bob)];
for (const [who, gender, seeking_gender] of [[a, hers, his], [b, his, hers]] as const) {
  const { response } = await who.POST("/matches/preferences", { body: { gender, seeking_gender, age_min: 18, age_max: 99 } });
  expect(response.status === 201, "preferences");
}
const found = await a.POST("/matches/find", { body: { user_id: alice.user_number } });
expect(found.data?.status === "pending" && found.data.user_2_id === bob.user_number, "a pending match");
const match_id = found.data.id;
for (const who of [a, b]) await who.POST("/matches/approve", { body: { match_id, approved: true } });
const matches = await b.GET("/matches/user/{user_id}", { params: { path: { user_id: bob.user_id } } });
expect(matches.data?.[0]?.status === "matched", "a match");

// ── A booking ──
const made = await a.POST("/bookings/create", {
  body: { match_id, user_1_id: alice.user_number, user_2_id: bob.user_number },
});
expect(made.data?.status === "pending_venue_approval" && made.data.venue_id === null, "a booking");
const booking_id = made.data.id;
const venue = await a.POST("/venues", { body: { name: "The Cozy Corner", address: "123 Main St", city: "New York" } });
expect(venue.data !== undefined && venue.data.capacity === null, "a venue");
await a.POST("/bookings/propose-venue", { params: { query: { booking_id, venue_id: venue.data.id } } });
const agreed = await b.POST("/bookings/approve-venue", { body: { booking_id, approved: true } });
expect(agreed.data?.venue_id === venue.data.id, "an agreed venue");

// ── What is refused has its type too ──
const early = await a.POST("/bookings/confirm", { body: { booking_id } });
expect(early.error?.detail === "Both venue and time must be approved first", "400 and why");
const wrong = await a.POST("/venues/reviews", { body: { venue_id: venue.data.id, rating: 6 } });
expect(wrong.response.status === 422 && wrong.error !== undefined && "errors" in wrong.error, "422 and the field");
const health = await anyone.GET("/health");
expect(health.data?.services["chat_service"]?.status === "healthy", "health");

// ── A photo: the form is typed, its file is bytes ──
const form = new FormData();
form.set("file", new Blob(["no picture"]), "a.jpg");
const refused = await a.POST("/users/{user_id}/photos", {
  params: { path: { user_id: alice.user_number } },
  body: { file: "" },
  bodySerializer: () => form,
});
expect(refused.response.status === 415, "no picture is 415");

// ── What the compiler must refuse ──
// @ts-expect-error: no such path
void (() => a.GET("/nothing"));
// @ts-expect-error: a body without its match_id
void (() => a.POST("/matches/approve", { body: { approved: true } }));
// @ts-expect-error: a status that no booking has
void (() => made.data?.status === "lost");
console.log("fine");
