/** What the chart of one feature shows, as a table: rows by category, or in bands of similar value. */

import { quantile } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { textOfCell } from "./axes.js";
import { shownRules } from "./members.js";
import { figures, folded, said, tableOf, unfolding } from "./parts.js";

/** @typedef {import("./axes.js").Axis} Axis */

const BANDS = 10;

/**
 * @param {import("../types.js").Context} context
 * @param {Axis} across
 * @param {Axis} up
 */
export function featureTable({ words, manifest }, across, up) {
  const { number, count } = figures(words, manifest);
  const [xs, ys] = [across.numbers ?? [], up.numbers ?? []];
  const write = (/** @type {Axis} */ a, /** @type {number} */ v) => (a.date ?? number)(v);
  const groups = () => (across.levels ? byLevel(xs, across.levels, words.missing) : bands(xs, (v) => write(across, v), words.missing))
    .map(({ name, rows }) => ({ name, own: rows.map((row) => ys[row]).filter(Number.isFinite).sort((a, b) => a - b) }))
    .filter(({ own }) => own.length);
  const cells = (/** @type {number[]} */ own) => [
    count(own.length), ...[own.reduce((sum, v) => sum + v, 0) / own.length, quantile(own, 0), quantile(own, 0.5), quantile(own, 1)].map((v) => write(up, v))];
  return folded(words, manifest, headsOf(words, across), () => groups().map(({ name, own }) => [visible(name), ...cells(own)]), words.axesTitle(up.label, across.label));
}

/** The same where not all rows are here: it is asked for when it is unfolded. @param {import("../types.js").Context} context @param {Axis} across @param {Axis} up */
export function askedTable(context, across, up) {
  const { host, words, manifest } = context;
  const { number, count } = figures(words, manifest);
  /** @typedef {{name: (number|string|null)[], n: number, numbers: (number|string)[]}} Group */
  const write = (/** @type {Axis} */ a) => (/** @type {number|string|null} */ cell) => textOfCell(a, cell, (v) => number(v), words.missing);
  const line = (/** @type {Group} */ { name, n, numbers }) => [name.map(write(across)).join(" – "), count(n), ...numbers.map(write(up))];
  return unfolding(words, () => {
    const node = said(words.loading);
    host.call("bands", { x: across.field, y: up.field, rules: shownRules(context) }).then(
      ({ groups }) => node.replaceWith(tableOf(words, manifest, headsOf(words, across), groups.map(line), 1, words.axesTitle(up.label, across.label))),
      (error) => { node.textContent = words.failed(visible(error.message)); });
    return node;
  });
}

/** @param {import("../words-en.js").Words} words @param {Axis} across */
function headsOf(words, across) {
  return [across.label, words.rowsHead, words.average, words.quantiles[0], words.quantiles[3], words.quantiles[6]];
}

/** @param {ArrayLike<number>} codes @param {string[]} levels @param {string} missing */
function byLevel(codes, levels, missing) {
  /** @type {number[][]} */
  const rows = Array.from({ length: levels.length + 1 }, () => []);
  for (let i = 0; i < codes.length; i++) rows[Math.min(codes[i], levels.length)]?.push(i);
  return rows.map((own, code) => ({ name: levels[code] ?? missing, rows: own }));
}

/** Bands that hold about as many rows each; equal values are in one. @param {ArrayLike<number>} xs @param {(v: number) => string} write @param {string} missing */
function bands(xs, write, missing) {
  const sorted = Float64Array.from(xs).filter(Number.isFinite).sort();
  const edges = [...new Set(Array.from({ length: BANDS + 1 }, (_, i) => quantile(sorted, i / BANDS)))];
  /** @type {number[][]} */
  const rows = edges.map(() => []);
  /** @type {number[]} */
  const absent = [];
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(xs[i])) absent.push(i);
    else rows[Math.max(0, edges.findLastIndex((edge) => edge <= xs[i]))].push(i);
  }
  // Only the highest value of all is on the last edge.
  const last = rows.pop() ?? [];
  (rows[rows.length - 1] ?? rows[rows.push([]) - 1]).push(...last);
  const named = rows.map((own, i) => ({ name: edges[i + 1] === undefined ? write(edges[i]) : `${write(edges[i])} – ${write(edges[i + 1])}`, rows: own }));
  return [...named, { name: missing, rows: absent }];
}
