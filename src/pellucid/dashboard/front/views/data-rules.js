/** Which rows a table shows, and in which order. */

import { nameOf } from "./parts.js";

/** @typedef {import("./axes.js").Axis} Axis */

/**
 * @typedef {object} Rules
 * @property {string} find
 * @property {number} column  place of the filter's column; -1 is no filter
 * @property {">="|"<="|"="|"is"} operator
 * @property {string} bound
 * @property {number} sortBy  place of a column; -2 is the order of rows, -1 the prediction
 * @property {boolean} ascending
 *
 * @typedef {{labels: string[], prediction: Axis, axes: Axis[]}} Content
 */

export const OPERATORS = [">=", "<=", "="];

/** @param {Content} content @param {Rules} rules @param {number[]} rows  to choose from @returns {number[]} */
export function matching({ labels, axes }, { find, column, operator, bound }, rows) {
  /** @type {((row: number) => boolean)[]} */
  const tests = [];
  const filter = axes[column];
  if (filter && bound !== "") {
    const numbers = filter.numbers ?? [];
    const wanted = filter.levels ? filter.levels.indexOf(bound)
      : filter.date ? Date.parse(bound) * 1000 : Number(bound.replace(",", "."));
    if (operator === ">=") tests.push((/** @type {number} */ i) => numbers[i] >= wanted);
    else if (operator === "<=") tests.push((/** @type {number} */ i) => numbers[i] <= wanted);
    else tests.push((/** @type {number} */ i) => numbers[i] === wanted);
  }
  const text = find.trim().toLowerCase();
  if (text) {
    const parts = axes.map(({ numbers, levels, date }) => {
      if (date) return (/** @type {number} */ i) => date(numbers?.[i] ?? NaN).includes(text);
      if (!levels) return (/** @type {number} */ i) => String(numbers?.[i]) === text;
      const fits = levels.map((level) => level.toLowerCase().includes(text));
      return (/** @type {number} */ i) => fits[numbers?.[i] ?? -1] ?? false;
    });
    tests.push((/** @type {number} */ i) => labels[i].toLowerCase().includes(text) || parts.some((part) => part(i)));
  }
  return rows.filter((i) => tests.every((test) => test(i)));
}

/** @param {Content} content @param {number[]} rows @param {Rules} rules @returns {number[]} */
export function order({ prediction, axes }, rows, { sortBy, ascending }) {
  const way = ascending ? 1 : -1;
  if (sortBy === -2) return ascending ? rows : [...rows].reverse();
  const numbers = (sortBy === -1 ? prediction : axes[sortBy])?.numbers;
  if (!numbers) return rows;
  const missing = (/** @type {number} */ v) => Number(Number.isNaN(v));
  // Codes of categories are in the order of their names; missing numbers come last either way.
  return [...rows].sort((a, b) => missing(numbers[a]) - missing(numbers[b]) || way * (numbers[a] - numbers[b]) || a - b);
}

/** What a column is called. @param {import("../types.js").Context} context @param {Axis} axis */
export function headOf(context, { kind, feature, label }, most = 40) {
  return kind === "value" ? nameOf(context, feature, most) : label;
}

/** @param {Content} content @param {Rules} rules @param {import("../types.js").Context} context */
export function ruleText({ axes }, { find, column, operator, bound }, context) {
  const { words } = context;
  const filter = axes[column];
  const said = [];
  if (filter && bound !== "") {
    const sign = { ">=": "≥", "<=": "≤", "=": "=", is: words.isText }[operator];
    said.push(`${headOf(context, filter)} ${sign} ${bound}`);
  }
  if (find.trim()) said.push(words.contains(find.trim()));
  return said.join(", ");
}
