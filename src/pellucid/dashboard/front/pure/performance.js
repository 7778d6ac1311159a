/** How well predictions agree with labels, of some rows; Python has the same of all rows. */

import { quantile } from "./order.js";

/** @typedef {import("../types.js").Numbers} Numbers */

/**
 * @typedef {{thresholds: ArrayLike<number>, hits: ArrayLike<number>, alarms: ArrayLike<number>}} Curve
 * @typedef {{rows: ArrayLike<number>, predicted: ArrayLike<number>, observed: ArrayLike<number>}} Groups
 */

const GROUPS = 10;
const ERROR_BINS = 15;

/** Rows by true class (down) and predicted class (across). @param {ArrayLike<number>} truth @param {ArrayLike<number>} predicted @param {number} k @param {number[]} rows */
export function confusionOf(truth, predicted, k, rows) {
  const cells = new Float64Array(k * k);
  for (const row of rows) cells[truth[row] * k + predicted[row]]++;
  return cells;
}

/**
 * What a confusion matrix says of each class, and of all.
 *
 * @param {ArrayLike<number>} cells
 */
export function confusionMeasures(cells) {
  const k = Math.sqrt(cells.length);
  const per = Array.from({ length: k }, (_, i) => {
    let [rows, called] = [0, 0];
    for (let j = 0; j < k; j++) {
      rows += cells[i * k + j];
      called += cells[j * k + i];
    }
    const right = cells[i * k + i];
    return { rows, called, right, precision: right / called, recall: right / rows, f1: (2 * right) / (rows + called) };
  });
  const n = per.reduce((sum, { rows }) => sum + rows, 0);
  const right = per.reduce((sum, own) => sum + own.right, 0);
  const known = per.filter(({ rows }) => rows > 0);
  const there = per.filter(({ rows, called }) => rows + called > 0);
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, v) => sum + v, 0) / values.length;
  return { n, right, accuracy: right / n, balanced: mean(known.map(({ recall }) => recall)), f1: mean(there.map(({ f1 }) => f1)), per };
}

/** The 95 % interval of a share, by Wilson's score. @param {number} share @param {number} n */
export function shareInterval(share, n) {
  const z = 1.959964;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * Distinct thresholds from high to low, and the rows that are not below each: of the class, and others.
 *
 * @param {ArrayLike<number>} scores @param {(row: number) => boolean} isClass @param {number[]} rows
 */
export function curveOf(scores, isClass, rows) {
  const order = [...rows].sort((a, b) => scores[b] - scores[a]);
  const [thresholds, hits, alarms] = [[Infinity], [0], [0]];
  let [hit, alarm] = [0, 0];
  order.forEach((row, i) => {
    if (isClass(row)) hit++;
    else alarm++;
    if (i + 1 < order.length && scores[order[i + 1]] === scores[row]) return;
    thresholds.push(scores[row]);
    hits.push(hit);
    alarms.push(alarm);
  });
  let [area, precision] = [0, 0];
  for (let i = 1; i < hits.length; i++) {
    area += ((alarms[i] - alarms[i - 1]) * (hits[i] + hits[i - 1])) / 2;
    precision += ((hits[i] - hits[i - 1]) * hits[i]) / (hits[i] + alarms[i]);
  }
  return { curve: { thresholds, hits, alarms }, area: area / (hit * alarm), precision: hit ? precision / hit : NaN };
}

/**
 * Means of predictions and of what they are of, in ten groups.
 *
 * @param {ArrayLike<number>} predictions @param {(row: number) => number} truth @param {number[]} rows
 * @param {(prediction: number) => number} group
 * @returns {Groups}
 */
export function groupsOf(predictions, truth, rows, group) {
  const [counts, predicted, observed] = Array.from({ length: 3 }, () => new Float64Array(GROUPS));
  for (const row of rows) {
    const g = group(predictions[row]);
    counts[g]++;
    predicted[g] += predictions[row];
    observed[g] += truth(row);
  }
  const mean = (/** @type {Float64Array} */ sums) => sums.map((sum, g) => sum / Math.max(1, counts[g]));
  return { rows: counts, predicted: mean(predicted), observed: mean(observed) };
}

/** The place of a probability among ten ranges of equal width. @param {number} p */
export function tenthOf(p) {
  return Math.min(GROUPS - 1, Math.max(0, Math.floor(p * GROUPS)));
}

/** The group of each number, between cuts that make them equally large. @param {number[]} sorted */
export function cutsOf(sorted) {
  return Array.from({ length: GROUPS - 1 }, (_, i) => quantile(sorted, (i + 1) / GROUPS));
}

/** How many edges are not above a number. @param {ArrayLike<number>} edges @param {number} value */
export function binOf(edges, value) {
  let bin = 0;
  while (bin < edges.length && edges[bin] <= value) bin++;
  return bin;
}

/**
 * Errors, which are predictions minus labels: their measures, and how many are in which bin.
 *
 * @param {ArrayLike<number>} predictions @param {ArrayLike<number>} truth @param {number[]} rows
 */
export function errorsOf(predictions, truth, rows) {
  const n = rows.length;
  const errors = rows.map((row) => predictions[row] - truth[row]);
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, v) => sum + v, 0) / n;
  const middle = mean(rows.map((row) => truth[row]));
  const squares = mean(errors.map((v) => v * v));
  const around = mean(rows.map((row) => (truth[row] - middle) ** 2));
  const sorted = [...errors].sort((a, b) => a - b);
  const [low, high] = [quantile(sorted, 0.005), quantile(sorted, 0.995)];
  const edges = high > low ? Array.from({ length: ERROR_BINS - 1 }, (_, i) => low + ((i + 1) * (high - low)) / ERROR_BINS) : [];
  const counts = new Float64Array(edges.length + 1);
  for (const error of errors) counts[binOf(edges, error)]++;
  const measures = [mean(errors.map(Math.abs)), Math.sqrt(squares), around > 0 ? 1 - squares / around : NaN, mean(errors)];
  return { measures, edges, counts };
}
