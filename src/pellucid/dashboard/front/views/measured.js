/** How well predictions agree with labels: of all rows as the host has it, of a cohort from the rows sent. */

import { decodeNumbers } from "../pure/decode.js";
import { confusionOf, curveOf, cutsOf, binOf, errorsOf, groupsOf, tenthOf } from "../pure/performance.js";
import { predictedColumn, once } from "./derived.js";
import { asksHost, chosenCohort, shownRows } from "./members.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Numbers} Numbers */

/**
 * @typedef {object} OfClasses
 * @property {ArrayLike<number>} confusion
 * @property {number} logLoss
 * @property {number} area  under the ROC curve of the class shown
 * @property {number} precision  its average precision
 * @property {number} brier
 * @property {import("../pure/performance.js").Curve} curve
 * @property {import("../pure/performance.js").Groups|null} groups
 *
 * @typedef {object} OfNumbers
 * @property {ArrayLike<number>} measures  mean absolute error, root mean squared error, R², mean error
 * @property {ArrayLike<number>} edges
 * @property {ArrayLike<number>} counts
 * @property {ArrayLike<number>} cuts  between the groups
 * @property {import("../pure/performance.js").Groups} groups
 */

/** Rows of a table, each as long as the others. @param {Numbers} table @param {number} rows */
function split(table, rows) {
  const size = table.length / rows;
  return Array.from({ length: rows }, (_, i) => table.subarray(i * size, (i + 1) * size));
}

/**
 * What the host measures: of all rows, and of a cohort if it is asked.
 *
 * @param {Context} context @param {import("../types.js").Cohort|null} cohort @param {number} output
 * @returns {Promise<(name: string) => Promise<Numbers>>}
 */
async function measures({ host }, cohort, output) {
  if (!cohort) return (name) => host.column(`performance/${name}`);
  const { rules } = cohort;
  const found = await once(host, `measures ${output} ${JSON.stringify(rules)}`, () => host.call("performance", { rules, output }));
  return async (name) => (await decodeNumbers(found[`performance/${name}`])).numbers;
}

/** @param {Context} context @param {number} k  class @returns {Promise<OfClasses>} */
export async function measuredClasses(context, k) {
  const { host, manifest } = context;
  const probability = manifest.output_space === "probability";
  const cohort = chosenCohort(context);
  if (!cohort || asksHost(context)) {
    const told = await measures(context, cohort, k);
    const [confusion, [logLoss], [area, precision, brier], curve, groups] = await Promise.all([
      told("confusion"), told("measures"), told(`measures/${k}`), told(`curve/${k}`), probability ? told(`groups/${k}`) : null]);
    const [thresholds, hits, alarms] = split(curve, 3);
    return { confusion, logLoss, area, precision, brier, curve: { thresholds, hits, alarms }, groups: groups && asGroups(groups) };
  }
  return once(host, `performance ${k} ${JSON.stringify(cohort.rules)}`, async () => {
    const [rows, truth, predicted, scores] = await Promise.all([
      shownRows(context), host.column("truth/0"), predictedColumn(context), host.column(`prediction/${k}`)]);
    const ofTruth = probability ? await Promise.all(Array.from({ length: manifest.n_outputs }, (_, j) => host.column(`prediction/${j}`))) : [];
    const isClass = (/** @type {number} */ row) => truth[row] === k;
    const mean = (/** @type {(row: number) => number} */ of) => (probability ? rows.reduce((sum, row) => sum + of(row), 0) / rows.length : NaN);
    return {
      ...curveOf(scores, isClass, rows),
      confusion: confusionOf(truth, predicted, manifest.n_outputs, rows),
      logLoss: mean((row) => -Math.log(Math.max(ofTruth[truth[row]][row], Number.EPSILON))),
      brier: mean((row) => (scores[row] - Number(isClass(row))) ** 2),
      groups: probability ? groupsOf(scores, (row) => Number(isClass(row)), rows, tenthOf) : null,
    };
  });
}

/** @param {Context} context @param {number} k  output @returns {Promise<OfNumbers>} */
export async function measuredNumbers(context, k) {
  const { host } = context;
  const cohort = chosenCohort(context);
  if (!cohort || asksHost(context)) {
    const told = await measures(context, cohort, k);
    const [own, edges, counts, cuts, groups] = await Promise.all(["measures", "edges", "errors", "cuts", "groups"].map((name) => told(`${name}/${k}`)));
    return { measures: own, edges, counts, cuts, groups: asGroups(groups) };
  }
  return once(host, `performance ${k} ${JSON.stringify(cohort.rules)}`, async () => {
    const [rows, truth, predictions] = await Promise.all([shownRows(context), host.column(`truth/${k}`), host.column(`prediction/${k}`)]);
    const cuts = cutsOf(rows.map((row) => predictions[row]).sort((a, b) => a - b));
    return { ...errorsOf(predictions, truth, rows), cuts, groups: groupsOf(predictions, (row) => truth[row], rows, (v) => binOf(cuts, v)) };
  });
}

/** @param {Numbers} table */
function asGroups(table) {
  const [rows, predicted, observed] = split(table, 3);
  return { rows, predicted, observed };
}
