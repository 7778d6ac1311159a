/** What the model says of a changed row, beside what it said of the row: always with the ghost of it. */

import { el, place, svg } from "../dom.js";
import { frame } from "../draw/frame.js";
import { descending } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { rowOutput } from "./axes.js";
import { levelDots, lineChart, range } from "./curves.js";
import { className, figures, folded, nameOf, outputName, said } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("./what-if.js").Prediction} Prediction */

const MOST_CLASSES = 6;
const MOST_FEATURES = 12;

/**
 * The prediction of each class, with a mark where it was.
 *
 * @param {Context} context
 * @param {{before: Prediction, now: Prediction, chosen: number, name: string}} given
 */
export function predictionList(context, { before, now, chosen, name }) {
  const { words, manifest } = context;
  const { columnWriter, fixed } = figures(words, manifest);
  const order = descending(now.predictions).slice(0, MOST_CLASSES);
  if (!order.includes(chosen)) order[order.length - 1] = chosen;
  const both = order.flatMap((k) => [now.predictions[k], before.predictions[k]]);
  const [low, high] = now.space === "probability" ? [0, 1] : [Math.min(0, ...both), Math.max(0, ...both)];
  const share = (/** @type {number} */ v) => `${(100 * (v - low)) / (high - low || 1)}%`;
  const write = columnWriter(both);
  const lines = order.map((k) => {
    const [next, old] = [now.predictions[k], before.predictions[k]];
    return el("li", { class: k === chosen ? "strong" : "" },
      el("bdi", { class: "class-name" }, manifest.classes ? className(context, k, 24) : name),
      el("span", { class: "meter", "aria-hidden": "true" },
        place(el("span", { class: "gauge" }), { width: share(next) }), place(el("span", { class: "mark" }), { left: share(old) })),
      el("data", { value: String(next) }, write(next)),
      el("span", { class: "old" }, next === old ? "" : words.wasValue(write(old))));
  });
  const k = rowOutput(context);
  const inSpace = now.explained && before.explained && now.space !== manifest.output_space
    ? said(words.inSpace(outputName(context, k), fixed(now.explained[k]), fixed(before.explained[k]))) : null;
  return [el("p", { class: "axis-name" }, manifest.classes ? words.noun(now.space, null) : name), el("ul", { class: "meters" }, ...lines),
    ...(inSpace ? [inSpace] : [])];
}

/**
 * What each feature adds now, and what it added.
 *
 * @param {Context} context
 * @param {{values: number[], before: {values: number[], prediction: number}, base: number, prediction: number, method: string, n_background: number}} answer
 * @param {number} width
 */
export function explanationChart(context, answer, width) {
  const { words, manifest } = context;
  const { number, columnWriter, signed, count, fixed } = figures(words, manifest);
  const { values, before } = answer;
  const largest = values.map((v, j) => Math.max(Math.abs(v), Math.abs(before.values[j])));
  const order = descending(largest).slice(0, MOST_FEATURES);
  const moved = descending(values.map((v, j) => Math.abs(v - before.values[j])))[0];
  const both = order.flatMap((j) => [values[j], before.values[j]]);
  const write = columnWriter(both);
  const chart = frame(order.map((j) => ({ name: nameOf(context, j, 200), number: signed(write(values[j])) })), {
    width, rowHeight: 26, inset: 8, title: words.contributionTo(outputName(context, rowOutput(context))), name: words.steps, write: number,
    ...range(both),
  });
  place(chart.canvas, { display: "none" });
  order.forEach((j, i) => {
    const [from, to, y] = [chart.scale.at(before.values[j]), chart.scale.at(values[j]), chart.middle(i)];
    chart.marks.append(svg("line", { x1: from, x2: to, y1: y, y2: y, class: "link" }),
      svg("circle", { cx: from, cy: y, r: 4, class: "ghost" }), svg("circle", { cx: to, cy: y, r: 4, class: "pin" }));
  });
  const still = values.every((v, j) => v === before.values[j]);
  return [
    el("h3", {}, still ? words.explainedSame : words.explainedTitle(nameOf(context, moved))),
    said(words.explainedSaid(fixed(answer.base), fixed(answer.prediction), visible(answer.method), count(answer.n_background))),
    chart.node,
    folded(words, manifest, [words.feature, words.before, words.now], () => order.map((j) => [nameOf(context, j), before.values[j], values[j]])),
  ];
}

/**
 * The prediction over the range of one input, the row's other values as they are now.
 *
 * @param {Context} context
 * @param {import("./what-if-inputs.js").Input} input
 * @param {{points: number[], values: number[]}} answer
 * @param {{was: number|string|null, now: number|string|null}} at
 * @param {number} width
 */
export function curveChart(context, input, { points, values }, { was, now }, width) {
  const { words, manifest } = context;
  const { number, columnWriter } = figures(words, manifest);
  const output = outputName(context, rowOutput(context));
  const name = visible(input.name);
  const heading = el("h3", {}, words.curveTitle(output, name));
  const curve = input.kind === "category"
    ? levelDots({ names: points.map((code) => visible(input.levels[code])), values, chosen: points.indexOf(Number(now)), up: output, width, write: number, texts: columnWriter(values) })
    : lineChart({ points, values, marks: [{ at: Number(was ?? NaN), style: "ghost" }, { at: Number(now ?? NaN), style: "pin" }], across: name, up: output, width, write: number });
  return [heading, curve];
}
