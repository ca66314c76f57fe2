/* A program under test for the browser: its own ports and data, stopped and started again, examined at its end. */
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const BINARY = process.env.BOOKADATE_TEST_BINARY;
/** The program that reads painted faces (tests/tools/face_double.c); a release build has it beside the other one. */
export const PAINTED = [join(dirname(BINARY), "bookadate-test-faces"), join(dirname(BINARY), "..", "build-asan", "bookadate-test-faces")].find(existsSync);
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
  static async start(settings = {}, services = [], binary = BINARY) {
    const server = new Server();
    server.binary = binary;
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
    this.process = spawn(this.binary, ["run", ...this.services], { env: this.environment, stdio: ["ignore", "ignore", log] });
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
}
