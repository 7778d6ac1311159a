/** Why one row has its prediction: steps from the base value, and the same numbers as a table. */

import { choice, el, place, redrawing, textWidth } from "../dom.js";
import { frame } from "../draw/frame.js";
import { drawSteps } from "../draw/steps.js";
import { descending } from "../pure/order.js";
import { elide, isolated } from "../pure/text.js";
import { rowOutput, textOfCell } from "./axes.js";
import { classStrip } from "./classes.js";
import { figures, nameOf, outputName, panel, said } from "./parts.js";
import { rowTable, rowWalk } from "./row-parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Row} Row */

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function row(context) {
  const { host, words, store } = context;
  const { root, show } = panel("row", words);
  const redraw = redrawing();
  const walk = rowWalk(context);
  let [known, width] = ["", 0];
  /** @type {HTMLElement|null} */
  let choices = null;
  /** How the steps are shown; it stays while rows come and go. */
  const controls = () => {
    const { rowOrder, rowTop } = store.selection;
    if (!choices || known !== `${rowOrder} ${rowTop}`) choices = controlsOf(context);
    known = `${rowOrder} ${rowTop}`;
    return choices;
  };
  const select = () => show(async (current) => {
    const { row } = store.selection;
    if (row === null) return [el("h2", {}, words.noRow), said(words.noRowSaid), walk()];
    const [found, overall] = await Promise.all([
      host.call("row", { row, output: rowOutput(context) }), host.aggregates(rowOutput(context))]);
    const order = orderOf(context, found.values, overall.meanAbs);
    if (!current()) return null;
    // What stays, and what is made outside of the drawing, is not drawn again.
    const kept = { walk: walk(), controls: controls(), cells: cellsOf(context, found), width };
    return redraw(() => draw(context, { found, order, ...kept }));
  });
  return {
    root,
    reads: ["output", "feature", "rowTop", "rowOrder", "pins"],
    select,
    render: () => {
      width = root.clientWidth;
      return select();
    },
  };
}

/** @param {Context} context @param {ArrayLike<number>} values @param {ArrayLike<number>} overall */
function orderOf({ store, manifest }, values, overall) {
  const { rowOrder } = store.selection;
  if (rowOrder === "overall") return descending(overall);
  const largest = descending(Array.from(values, Math.abs));
  if (rowOrder === "size") return largest;
  const compare = new Intl.Collator(manifest.language, { numeric: true }).compare;
  return largest.sort((a, b) => compare(manifest.features[a].name, manifest.features[b].name));
}

/** The values of a row's features, as texts. @param {Context} context @param {Row} found */
function cellsOf({ manifest, words }, { cells }) {
  const { number } = figures(words, manifest);
  const known = cells.map((cell, j) => /** @type {[number, string]} */ ([j, textOfCell({ kind: "value", levels: null }, cell, number, words.missing)]));
  return new Map(known.filter(([j]) => manifest.features[j].kind !== "none"));
}

/**
 * @param {Context} context
 * @param {{found: Row, order: number[], cells: Map<number, string>, walk: Node, controls: Node, width: number}} given
 */
function draw(context, { found, order, cells, walk, controls, width }) {
  const { words, manifest } = context;
  const { fixed } = figures(words, manifest);
  const output = outputName(context, rowOutput(context));
  const label = isolated(elide(found.label, 40));
  return [
    el("h2", {}, words.rowTitle(label, output, fixed(found.prediction))),
    said(words.rowSaid(fixed(found.base), fixed(found.prediction))),
    walk,
    classStrip(context, found.predictions),
    controls,
    steps(context, found, order, cells, width),
    rowTable(context, { label, found, order, cells }),
  ];
}

/** @param {Context} context */
function controlsOf({ manifest, words, store }) {
  const d = manifest.features.length;
  const { rowTop, rowOrder } = store.selection;
  const sizes = [...new Set([5, 10, 20, 50, rowTop].filter((n) => n < d).concat(d))].sort((a, b) => a - b);
  const { count } = figures(words, manifest);
  return el("div", { class: "controls" },
    choice(words.order, ["size", "overall", "name"].map((value) => ({ value, text: words.orders[value] })),
      rowOrder, (value) => store.set({ rowOrder: /** @type {any} */ (value) })),
    choice(words.features, sizes.map((n) => ({ value: String(n), text: n === d ? words.allFeatures(count(d)) : count(n) })),
      String(Math.min(rowTop, d)), (value) => store.set({ rowTop: Number(value) })));
}

/** @param {Context} context @param {Row} found @param {number[]} order @param {Map<number, string>} cells @param {number} width */
function steps(context, found, order, cells, width) {
  const { words, store, manifest } = context;
  const { columnWriter, signed, number, fixed, count } = figures(words, manifest);
  const { values, errors, base, prediction } = found;
  const top = Math.min(store.selection.rowTop, order.length);
  const shown = order.slice(0, order.length - top === 1 ? order.length : top);
  const rest = order.slice(shown.length);
  const items = shown.map((j) => ({
    name: nameOf(context, j, 200), note: cells.get(j), value: values[j], error: errors?.[j] ?? 0,
    current: j === store.selection.feature, choose: () => store.set({ feature: j }), hint: words.chooseFeature,
  }));
  if (rest.length) items.push(plain(words.otherFeatures(count(rest.length)), rest.reduce((sum, j) => sum + values[j], 0)));
  const total = items.reduce((sum, item) => sum + item.value, base);
  const gap = prediction - total;
  const write = columnWriter([...items.map((item) => item.value), gap]);
  if (/[1-9]/u.test(write(gap))) items.push(plain(words.unattributed, gap));
  const texts = items.map((item) => signed(write(item.value)));
  let at = base;
  const places = [base, prediction, ...items.flatMap((item) => {
    at += item.value;
    return item.error ? [at - item.error, at + item.error] : [at];
  })];
  const inset = 14 + Math.max(...[...texts, fixed(base), fixed(prediction)].map((text) => textWidth(text, 12, 600)));
  const ends = { name: words.base, strong: false };
  const chart = frame([ends, ...items, { name: words.thisRow, strong: true }], {
    width, rowHeight: 32, low: Math.min(...places), high: Math.max(...places), inset, insetLeft: 8,
    title: outputName(context, rowOutput(context)), name: words.steps, write: number,
  });
  place(chart.canvas, { display: "none" });
  drawSteps(chart, items.map((item, i) => ({ value: item.value, error: item.error, text: texts[i] })),
    { base, baseText: fixed(base), end: prediction, endText: fixed(prediction) });
  return chart.node;
}

/** @param {string} name @param {number} value */
function plain(name, value) {
  return { name, note: undefined, value, error: 0, current: false, choose: /** @type {any} */ (null), hint: /** @type {any} */ (undefined) };
}
