/** Cohorts: rows that fit a few rules, as a text, and what is measured of them. */

import { stripOf } from "./density.js";
import { quantile } from "./order.js";

/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {import("../types.js").Cohort} Cohort */
/** @typedef {import("../types.js").Numbers} Numbers */

const MOST_COHORTS = 20;
const BINS = 128;
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];

/**
 * A test of rows by one rule; both ends of a range belong to it.
 *
 * @param {Rule} rule
 * @param {ArrayLike<number>} numbers
 * @param {string[]|null} keys  what the numbers stand for; a number beyond them, and NaN, is missing
 * @returns {(row: number) => boolean}
 */
export function fits({ low, high, levels }, numbers, keys) {
  if (!levels) return (row) => numbers[row] >= (low ?? -Infinity) && numbers[row] <= (high ?? Infinity);
  const missing = levels.includes(null);
  const wanted = (keys ?? []).map((key) => levels.includes(key));
  return (row) => wanted[numbers[row]] ?? (missing && (keys !== null || Number.isNaN(numbers[row])));
}

/** The next number below. @param {number} value */
export function justBelow(value) {
  const step = Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON / 2);
  return value - step < value ? value - step : value - 2 * step;
}

/** @param {Cohort[]} cohorts */
export function cohortsText(cohorts) {
  return cohorts.length === 0 ? "" : JSON.stringify(cohorts.map(({ name, rules }) =>
    [name, ...rules.map(({ field, low, high, levels }) => (levels ? [field, levels] : [field, low ?? null, high ?? null]))]));
}

/**
 * Read cohorts; what makes no sense is left out.
 *
 * @param {string} text
 * @param {import("../types.js").Manifest} manifest
 * @returns {Cohort[]}
 */
export function readCohorts(text, manifest) {
  let said;
  try {
    said = JSON.parse(text || "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(said)) return [];
  return said.slice(0, MOST_COHORTS).flatMap((one) => {
    const [name, ...rules] = Array.isArray(one) ? one : [];
    const found = rules.map((rule) => ruleOf(rule, manifest));
    return typeof name === "string" && found.every((rule) => rule !== null)
      ? [{ name: name.slice(0, 100), rules: /** @type {Rule[]} */ (found) }] : [];
  });
}

/** @param {unknown} said @param {import("../types.js").Manifest} manifest @returns {Rule|null} */
function ruleOf(said, manifest) {
  const [field, first, second] = Array.isArray(said) ? said : [];
  if (typeof field !== "string" || !isField(field, manifest)) return null;
  if (Array.isArray(first)) return first.every((level) => level === null || typeof level === "string") ? { field, levels: first } : null;
  const end = (/** @type {unknown} */ v) => v === null || (typeof v === "number" && Number.isFinite(v));
  return end(first) && end(second) ? { field, low: first, high: second } : null;
}

/** @param {string} field @param {import("../types.js").Manifest} manifest */
function isField(field, { features, n_outputs: k, labels }) {
  const [kind, ...places] = field.split("/");
  const limits = {
    value: [features.length], contribution: [k, features.length], prediction: [k],
    truth: labels ? [labels === "classes" ? 1 : k] : null, error: labels ? [k] : null,
    predicted: labels === "classes" ? [] : null, outcome: labels === "classes" ? [] : null,
  }[kind];
  return !!limits && places.length === limits.length
    && places.every((place, i) => /^\d{1,6}$/u.test(place) && Number(place) < limits[i])
    && (kind !== "value" || features[Number(places[0])].kind !== "none");
}

/**
 * What the page shows of all rows, of some: importance, and the spread of attributions.
 *
 * @param {Numbers[][]} columns  for each output, the attributions to each feature
 * @param {(feature: number) => ArrayLike<number>} shadesOf  from 0 to 1, or NaN
 * @param {number[]} rows
 * @returns {import("../types.js").Aggregates}
 */
export function aggregatesOfRows(columns, shadesOf, rows) {
  const d = columns[0].length;
  const [meanAbs, meanAbsError, mean, meanError, maxAbs] = Array.from({ length: 5 }, () => new Float64Array(d).fill(NaN));
  /** @type {import("../types.js").Aggregates["strips"]} */
  const strips = new Map();
  for (let j = 0; j < d; j++) {
    const sizes = columns.map((own) => spread(rows.map((row) => Math.abs(own[j][row]))));
    meanAbs[j] = sizes.reduce((sum, one) => sum + one.mean, 0) / columns.length;
    if (columns.length > 1) continue;
    const values = rows.map((row) => columns[0][j][row]);
    meanAbsError[j] = sizes[0].error;
    ({ mean: mean[j], error: meanError[j] } = spread(values));
    maxAbs[j] = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const shades = shadesOf(j);
    const sorted = Float64Array.from(values).sort();
    strips.set(j, {
      ...stripOf(values, rows.map((row) => shades[row] ?? NaN), BINS), feature: j,
      quantiles: Float64Array.from(QUANTILES, (share) => quantile(sorted, share)),
    });
  }
  return { meanAbs, meanAbsError, mean, meanError, maxAbs, strips };
}

/** The mean, and its standard error. @param {number[]} values */
export function spread(values) {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, error: n > 1 ? Math.sqrt(squares / (n - 1) / n) : NaN };
}
