/* Figures of the services out of what each process has counted: rates, percentiles, queues. Asks nobody and draws nothing. */
import { all, parse, quantile, sum } from "./metrics.js";

const REQUESTS = "bookadate_http_request_duration_seconds";
const KEPT_MS = 12000; // a process that a balancer gives us only now and then is still there
const INFO = /^bookadate_process_info\{pid="([^"]*)",services="([^"]*)"\}/m;
const STARTED = /^process_start_time_seconds (\S+)/m;

/** The samples of those requests, of one reading or several: of one service, or (null) of all. */
const requests = (readings, service) => readings.flatMap(({ samples }) =>
  samples.filter((s) => s.name.startsWith(REQUESTS) && (service === null || s.labels.service === service)));
const total = (readings, name) => readings.reduce((n, { samples }) => n + sum(samples, name), 0);
const queue = (readings, name) => readings.reduce((n, { samples }) => n + (all(samples, "bookadate_queue_waiting").find((s) => s.labels.queue === name)?.value ?? 0), 0);

export class Processes {
  #known = new Map();

  /** rows: the reply of /metrics/processes, got at `now` (ms). Several may be of one process: it counts once. */
  take(rows, now) {
    for (const { metrics, address } of rows) {
      const [, pid, services] = metrics?.match(INFO) ?? [];
      if (pid === undefined) continue;
      const key = `${pid} ${metrics.match(STARTED)?.[1]} ${services}`;
      const known = this.#known.get(key);
      if (known?.now === now) continue;
      this.#known.set(key, { services: services.split(" "), address, now, samples: parse(metrics), before: known ? { now: known.now, samples: known.samples } : null });
    }
    for (const [key, { now: seen }] of this.#known) if (seen < now - KEPT_MS) this.#known.delete(key);
  }

  get all() { return [...this.#known.values()]; }

  /** Of what was asked between the last two readings: {rate, p50, p99}; null where nothing is known. service null: all, as the gateway
   * answered them; what it passes on counts at the service. */
  speed(service) {
    const hosts = this.all.filter((p) => p.before && p.services.includes(service ?? "gateway"));
    if (!hosts.length) return { rate: null, p50: null, p99: null };
    const count = (reading) => sum(requests([reading], service), `${REQUESTS}_count`);
    const rate = hosts.reduce((n, p) => n + Math.max(0, count(p) - count(p.before)) / ((p.now - p.before.now) / 1000), 0);
    const [before, after] = [requests(hosts.map((p) => p.before), service), requests(hosts, service)];
    const ms = (q) => { const s = quantile(before, after, REQUESTS, q); return s === null ? null : s * 1000; };
    return { rate, p50: ms(0.5), p99: ms(0.99) };
  }

  /** What waits and who is connected now, in the processes of one service, or (null) in all and at the gateway. */
  load(service) {
    const hosts = this.all.filter((p) => service === null || p.services.includes(service));
    const doors = this.all.filter((p) => p.services.includes(service ?? "gateway"));
    return { queues: ["write", "compute", "media", "database"].map((name) => queue(hosts, name)),
      sockets: total(doors, "bookadate_websockets"), connections: total(doors, "bookadate_http_connections") };
  }

  /** [{seeking, people}], the longest first: as the process knows it that has looked last. */
  waiting() {
    const host = this.all.filter((p) => p.services.includes("matching")).at(-1);
    return all(host?.samples ?? [], "bookadate_matching_waiting").map((s) => ({ seeking: s.labels.seeking, people: s.value })).sort((a, b) => b.people - a.people);
  }

  /** One line for each process. */
  facts() {
    return this.all.map((p) => {
      const build = all(p.samples, "bookadate_build_info")[0]?.labels ?? {};
      return { services: p.services, address: p.address, version: build.version, store: build.store, requests: sum(p.samples, `${REQUESTS}_count`), mib: Math.round(sum(p.samples, "process_resident_memory_bytes") / 2 ** 20) };
    });
  }
}
