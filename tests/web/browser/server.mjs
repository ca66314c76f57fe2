/* A program under test for the browser: its own ports and data, stopped and started again, examined at its end. */
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const BINARY = process.env.BOOKADATE_TEST_BINARY;
const REPORT = /ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|SUMMARY: \w+Sanitizer|runtime error:/;
const START_MS = 30000;

const free = (port) => new Promise((done) => {
  const server = createServer().once("error", () => done(false)).once("listening", () => server.close(() => done(true)));
  server.listen(port, "127.0.0.1");
});

/** Seven free ports in a row, below those that the system gives to clients. */
async function portBase() {
  for (;;) {
    const base = 20000 + Math.floor(Math.random() * 12000);
    const all = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((i) => free(base + i)));
    if (all.every(Boolean)) return base;
  }
}

export const until = async (test, what, ms = 20000) => {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setTimeout(done, 25))) {
    const value = await test();
    if (value) return value;
  }
  throw new Error(`${what}: not within ${ms / 1000} s`);
};

export class Server {
  /** services: those it hosts, all seven when none is named. */
  static async start(settings = {}, services = []) {
    const server = new Server();
    server.base = settings.port_base ?? await portBase();
    server.services = services;
    server.folder = mkdtempSync(join(tmpdir(), "bookadate-web-"));
    server.settings = settings;
    server.url = `http://localhost:${server.base}`;
    await server.run();
    return server;
  }

  get environment() {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BOOKADATE_")));
    for (const [name, value] of Object.entries({ port_base: this.base, data_dir: join(this.folder, "data"), ...this.settings })) env[`BOOKADATE_${name.toUpperCase()}`] = String(value);
    return env;
  }

  async run() {
    const log = openSync(join(this.folder, "log.txt"), "a");
    this.process = spawn(BINARY, ["run", ...this.services], { env: this.environment, stdio: ["ignore", "ignore", log] });
    this.ended = new Promise((done) => this.process.once("exit", (code, signal) => done(code ?? signal)));
    const user = this.services.length && !this.services.includes("gateway") ? this.base + 6 : this.base;
    await until(() => fetch(`http://localhost:${user}/health`).then((reply) => reply.ok, () => false), "the server's start", START_MS);
  }

  async stop() {
    this.process.kill("SIGTERM");
    const code = await this.ended;
    const log = readFileSync(join(this.folder, "log.txt"), "utf8");
    const report = log.search(REPORT);
    if (report >= 0) throw new Error(`a sanitizer reports:\n${log.slice(report, report + 4000)}`);
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${log.slice(-2000)}`);
  }

  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  command(words, input = "") {
    return execFileSync(BINARY, words, { env: this.environment, input, encoding: "utf8" });
  }

  /** One statement on the store, beside the server. */
  sql(text) {
    const script = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=20); r=c.execute(sys.argv[2]); c.commit(); print(r.rowcount)";
    const file = execFileSync("/usr/bin/python3", ["-c", "import pathlib,sys; print(next(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.suffix in ('.db', '.sqlite', '.sqlite3')))", join(this.folder, "data")], { encoding: "utf8" }).trim();
    return Number(execFileSync("/usr/bin/python3", ["-c", script, file, text], { encoding: "utf8" }));
  }

  async api(method, path, { token, body } = {}) {
    const reply = await fetch(this.url + path, { method, headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) }, body: body && JSON.stringify(body) });
    const json = await reply.json();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(json)}`);
    return json;
  }
}

let people = 0;
export const PASSWORD = "correct-Horse-7-battery";

export async function newPerson(server, name, gender) {
  const email = `${name.toLowerCase()}.${process.pid}.${++people}@example.com`;
  const session = await server.api("POST", "/auth/signup", { body: { name, email, phone: "+12125550100", gender, dob: "1995-05-10", password: PASSWORD, bio: "Hello" } });
  return { ...session, token: session.access_token, email };
}

/** Alice and Bob with a confirmed booking in ten minutes, so that their conversation is open. */
export async function bookedCouple(server) {
  const [alice, bob] = [await newPerson(server, "Alice", "female"), await newPerson(server, "Bob", "male")];
  const word = `w${++people}`;
  const prefer = (p, gender, seeking) => server.api("POST", "/matches/preferences", { token: p.token, body: { user_id: p.user_number, gender, seeking_gender: seeking, age_min: 18, age_max: 99, interests: "coffee", bio: "Hello" } });
  await prefer(alice, `f ${word}`, `m ${word}`);
  await prefer(bob, `m ${word}`, `f ${word}`);
  const match = await server.api("POST", "/matches/find", { token: alice.token, body: { user_id: alice.user_number } });
  for (const p of [alice, bob]) await server.api("POST", `/matches/approve?user_id=${p.user_number}`, { token: p.token, body: { match_id: match.id, approved: true } });
  const venue = await server.api("POST", "/venues/", { token: alice.token, body: { name: "The Cozy Corner", address: "123 Main St", city: "New York", capacity: 50, price_per_hour: 75 } });
  const booking = await server.api("POST", "/bookings/create", { token: alice.token, body: { match_id: match.id, user_1_id: match.user_1_id, user_2_id: match.user_2_id } });
  const soon = new Date(Date.now() + 600000).toISOString();
  const [date, time] = [soon.slice(0, 10), soon.slice(11, 16)];
  await server.api("POST", `/bookings/propose-venue?booking_id=${booking.id}&venue_id=${venue.id}&user_id=${alice.user_number}`, { token: alice.token });
  await server.api("POST", `/bookings/approve-venue?user_id=${bob.user_number}`, { token: bob.token, body: { booking_id: booking.id, venue_id: venue.id, approved: true } });
  await server.api("POST", `/bookings/propose-time?booking_id=${booking.id}&date=${date}&time=${time}&user_id=${alice.user_number}`, { token: alice.token });
  await server.api("POST", `/bookings/approve-time?user_id=${bob.user_number}`, { token: bob.token, body: { booking_id: booking.id, date, time, approved: true } });
  await server.api("POST", "/bookings/confirm", { token: alice.token, body: { booking_id: booking.id } });
  return { alice, bob };
}
