/** Predictions over the range of one value: lines for numbers, rows for categories. */

import { el, place, svg } from "../dom.js";
import { bottomAxis, fitted, leftAxis, tickWidth } from "../draw/axis.js";
import { whisker } from "../draw/bars.js";
import { frame } from "../draw/frame.js";
import { linear, padded } from "../pure/ticks.js";

const [HEIGHT, TOP, BOTTOM] = [150, 24, 42];

/**
 * A line of numbers, others behind it, and marks on it.
 *
 * @param {{points: number[], values: number[], errors?: (number|null)[], others?: number[][], own?: number[]|null,
 *     marks: {at: number, style: "pin"|"ghost", on?: number[]}[], across: string, up: string,
 *     width: number, write: (value: number) => string}} given  `own` is the line of the selected row
 */
export function lineChart({ points, values, errors = [], others = [], own = null, marks, across, up, width, write }) {
  const { low, high } = range([...values, ...others.flat(), ...(own ?? [])], false, 0.06);
  const y = linear(low, high, HEIGHT, 0);
  const left = 12 + Math.ceil(tickWidth(y, write));
  const plot = Math.max(80, width - left - 8);
  const x = linear(points[0], points[points.length - 1], 0, plot);
  const path = (/** @type {ArrayLike<number>} */ line) => points.map((p, i) => `${i ? "L" : "M"}${x.at(p).toFixed(1)} ${y.at(line[i]).toFixed(1)}`).join("");
  const inner = svg("g", { transform: `translate(${left} ${TOP})` },
    leftAxis(y, { x: -8, left: 0, right: plot, zero: false, write }),
    bottomAxis(x, { top: 0, y: HEIGHT, width: plot, title: across, zero: false, write }),
    ...others.map((line) => svg("path", { d: path(line), class: "curve-other" })));
  if (errors.some((e) => (e ?? 0) > 0)) {
    const edge = (/** @type {number} */ sign) => values.map((v, i) => v + sign * (errors[i] ?? 0));
    const back = points.map((p, i) => `L${x.at(p).toFixed(1)} ${y.at(edge(-1)[i]).toFixed(1)}`).reverse().join("");
    inner.append(svg("path", { d: `${path(edge(1))}${back}Z`, class: "curve-band" }));
  }
  if (own) inner.append(svg("path", { d: path(own), class: "curve-own" }));
  inner.append(svg("path", { d: path(values), class: "curve-line" }));
  for (const { at, style, on = values } of marks) {
    if (!(at >= points[0] && at <= points[points.length - 1])) continue;
    inner.append(svg("circle", { cx: x.at(at), cy: y.at(between(points, on, at)), r: 4.5, class: style }));
  }
  const height = TOP + HEIGHT + BOTTOM;
  const drawn = svg("svg", { width, height, role: "img", "aria-label": `${up}: ${across}` },
    svg("text", { x: 0, y: 13, class: "axis-title" }, fitted(`↑ ${up}`, width)), inner);
  return place(el("div", { class: "frame" }, drawn), { height });
}

/**
 * A dot for each category.
 *
 * @param {{names: string[], values: number[], errors?: (number|null)[], own?: (number|null)[], chosen?: number,
 *     up: string, width: number, write: (value: number) => string, texts: (value: number) => string}} given
 *     `own` are the values of the selected row, as rings
 */
export function levelDots({ names, values, errors = [], own = [], chosen = -1, up, width, write, texts }) {
  const known = own.filter((v) => v !== null);
  const chart = frame(names.map((name, i) => ({ name, number: texts(values[i]), strong: i === chosen })), {
    width, rowHeight: 24, inset: 8, title: up, name: up, write, ...range([...values, ...known]) });
  place(chart.canvas, { display: "none" });
  values.forEach((value, i) => {
    const [error, ring] = [errors[i] ?? 0, own[i]];
    const y = chart.middle(i);
    if (typeof ring === "number") chart.marks.append(svg("circle", { cx: chart.scale.at(ring), cy: y, r: 4, class: "ghost" }));
    if (error > 0) chart.marks.append(whisker(chart.scale.at(value - error), chart.scale.at(value + error), y));
    chart.marks.append(svg("circle", { cx: chart.scale.at(value), cy: y, r: 4, class: chosen < 0 || i === chosen ? "pin" : "ghost" }));
  });
  return chart.node;
}

/** Between two points of a curve. @param {number[]} points @param {number[]} values @param {number} at */
function between(points, values, at) {
  const i = Math.max(1, points.findIndex((p) => p >= at));
  const share = (at - points[i - 1]) / (points[i] - points[i - 1] || 1);
  return points.length < 2 ? values[0] : values[i - 1] + share * (values[i] - values[i - 1]);
}

/** Ends of a scale. @param {number[]} values */
export function range(values, zero = true, share = 0.03) {
  const ends = zero ? [0, ...values] : values;
  const [low, high] = padded(Math.min(...ends), Math.max(...ends), share);
  return { low, high: high > low ? high : low + 1 };
}
