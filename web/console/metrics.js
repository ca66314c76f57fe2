/* Reads Prometheus' text format, and works out rates and percentiles between two readings. */

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const UNESCAPED = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

/** [{name, labels, value}] of a text. */
export function parse(text) {
  const samples = [];
  for (const line of text.split("\n")) {
    const match = line.startsWith("#") ? null : line.match(LINE);
    if (!match) continue;
    const labels = {};
    for (const [, name, value] of (match[2] ?? "").matchAll(LABEL)) labels[name] = value.replace(/\\[n"\\]/g, (e) => UNESCAPED[e]);
    const value = match[3] === "+Inf" ? Infinity : Number(match[3]);
    samples.push({ name: match[1], labels, value });
  }
  return samples;
}

export const all = (samples, name) => samples.filter((sample) => sample.name === name);
export const sum = (samples, name) => all(samples, name).reduce((total, sample) => total + sample.value, 0);

/** Cumulative counts by bound, all routes together. */
function buckets(samples, name) {
  const counts = new Map();
  for (const { labels, value } of all(samples, `${name}_bucket`)) {
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
}

/** The q-quantile in seconds of what came between two readings, linear within its bucket; null when nothing came. */
export function quantile(before, after, name, q) {
  const old = buckets(before, name);
  const rows = [...buckets(after, name)].sort(([a], [b]) => a - b).map(([bound, n]) => [bound, n - (old.get(bound) ?? 0)]);
  const total = rows.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  let low = 0;
  let below = 0;
  for (const [bound, n] of rows) {
    if (n >= q * total) return bound === Infinity ? low : low + (bound - low) * ((q * total - below) / Math.max(1, n - below));
    low = bound;
    below = n;
  }
  return low;
}
