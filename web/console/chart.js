/* A moving chart of the last minutes, drawn by uPlot. Without it (the program was built without that package) the last values
 * stand as text. */
import { h } from "./dom.js";

const KEPT = 150;
const WINDOW_S = 60; // at least
let library; // undefined: not asked for yet

async function uplot() {
  if (library === undefined) {
    try {
      library = (await import("/console/lib/uplot.js")).default;
      document.head.append(h("link", { rel: "stylesheet", href: "/console/lib/uplot.css" }));
    } catch {
      library = null;
    }
  }
  return library;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const COLOURS = ["--accent", "--bob", "--good", "--warn"];
const shown = (value, unit) => (value === null || value === undefined ? "–" : `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}${unit}`);

const DASH = 24; // px: lines of the same values share this length, so that each of them is seen
const dashOf = (i, of) => (i ? [(DASH * (of - i)) / of, (DASH * i) / of] : undefined);

/** What of the time is shown, at least WINDOW_S of it; before the first reading the minute until now. */
function windowOf(_, low, high) {
  const end = high > WINDOW_S ? high : Date.now() / 1000;
  return [Math.min(low > WINDOW_S ? low : end, end - WINDOW_S), end];
}

/** series: names; push(now, values, view) adds a reading to one of its views, show(view) shows that. */
export function chart(title, series, unit = "") {
  const box = h("div", { class: "chart-box" });
  const values = h("p", { class: "chart-now" });
  const figure = h("figure", { class: "card chart", "aria-label": title }, h("figcaption", {}, h("h2", {}, title), values), box);
  const views = new Map();
  let current = null;
  let plot = null;

  const dataOf = (view) => {
    if (!views.has(view)) views.set(view, [[], ...series.map(() => [])]);
    return views.get(view);
  };

  /** What is drawn: nothing before there are two readings, of which a line can be made. */
  function lines() {
    const data = dataOf(current);
    return data[0].length > 1 ? data : data.map(() => []);
  }

  function drawValues() {
    values.replaceChildren(...series.map((name, i) => h("span", { data: { series: i } }, `${name} ${shown(dataOf(current)[i + 1].at(-1), unit)}`)));
  }

  async function draw() {
    const uPlot = await uplot();
    plot?.destroy();
    plot = null;
    if (!figure.isConnected || !box.clientWidth) return;
    if (!uPlot) { box.textContent = "Charts need the package uplot, which this build was made without."; return; }
    const clock = (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toTimeString().slice(0, 8));
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") }, font: "11px system-ui, sans-serif" };
    plot = new uPlot({ width: box.clientWidth, height: 170, legend: { show: false }, cursor: { show: false }, scales: { x: { range: windowOf }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] } },
      axes: [{ ...axis, values: clock, space: 80, size: 30 }, { ...axis, size: 46 }],
      series: [{}, ...series.map((name, i) => ({ label: name, stroke: colour(COLOURS[i]), width: 2, dash: dashOf(i, series.length), spanGaps: true, points: { show: false } }))] }, lines(), box);
  }

  new ResizeObserver(() => { if (plot) plot.setSize({ width: Math.max(100, box.clientWidth), height: 170 }); else draw(); }).observe(box);
  addEventListener("themechange", () => plot && draw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot && draw());
  return { element: figure, push(now, row, view) {
    const data = dataOf(view);
    data[0].push(now);
    row.forEach((value, i) => data[i + 1].push(value ?? null));
    if (data[0].length > KEPT) for (const column of data) column.shift();
  }, show(view) {
    current = view;
    drawValues();
    plot?.setData(lines());
  } };
}
