/** Which rows belong to the chosen cohort, and what is measured of them. */

import { readAggregates } from "../pure/aggregates.js";
import { aggregatesOfRows, fits } from "../pure/cohorts.js";
import { decodeNumbers } from "../pure/decode.js";
import { dateWriter } from "../pure/dates.js";
import { elide, isolated } from "../pure/text.js";
import { shadesOf } from "../pure/order.js";
import { className, figures } from "./parts.js";
import { columnOf, rowOutput } from "./axes.js";
import { errorColumn, once, outcomeColumn } from "./derived.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Cohort} Cohort */
/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {import("../types.js").Numbers} Numbers */

/** Whether cohorts are measured where the rows are. @param {Context} context */
export function asksHost({ manifest }) {
  return manifest.calls.includes("cohort");
}

/** The chosen cohort; null is all rows. @param {Context} context @returns {Cohort|null} */
export function chosenCohort({ store, manifest }) {
  const { cohort, cohorts } = store.selection;
  return cohort === null || !manifest.n_sent ? null : cohorts[cohort] ?? null;
}

/** The rules of the rows shown. @param {Context} context */
export function shownRules(context) {
  return chosenCohort(context)?.rules ?? [];
}

/** A field of a rule as a column. @param {Context} context @param {string} field @param {"exact"|"counted"} dots  whether its numbers are needed */
export function fieldColumn(context, field, dots = "exact") {
  const [kind, first, second] = field.split("/");
  const feature = kind === "value" ? Number(first) : Number(second ?? 0);
  const output = kind === "value" ? 0 : Number(first ?? 0);
  return columnOf(context, /** @type {any} */ (kind === "truth" ? "label" : kind), feature, output, dots);
}

/** The rows of a cohort, in their order. @param {Context} context @param {Cohort|null} cohort @returns {Promise<number[]>} */
export function rowsOf(context, cohort) {
  const all = () => Array.from({ length: context.manifest.n_sent }, (_, row) => row);
  if (!cohort) return once(context.host, "rows", async () => all());
  return once(context.host, `rows ${JSON.stringify(cohort.rules)}`, async () => {
    if (context.manifest.dots !== "exact") {
      const found = await context.host.call("cohort", { rules: cohort.rules, output: 0, rows: true });
      const { numbers } = await decodeNumbers(found.rows);
      return all().filter((row) => numbers[row]);
    }
    const tests = await Promise.all(cohort.rules.map(async (rule) => {
      const { numbers, levels, keys } = await fieldColumn(context, rule.field);
      return fits(rule, numbers ?? [], keys ?? levels);
    }));
    return all().filter((row) => tests.every((test) => test(row)));
  });
}

/** The rows shown. @param {Context} context */
export function shownRows(context) {
  return rowsOf(context, chosenCohort(context));
}

/**
 * How many rows there are, their mean prediction and, with labels, the accuracy or the mean absolute error.
 *
 * @param {Context} context @param {Cohort|null} cohort
 * @returns {Promise<{n: number, prediction: number|null, quality: number|null}>}
 */
export function summaryOf(context, cohort) {
  const { host, manifest } = context;
  const output = rowOutput(context);
  const rules = cohort?.rules ?? [];
  return once(host, `summary ${output} ${JSON.stringify(rules)}`, async () => {
    if (asksHost(context)) return host.call("cohort", { rules, output });
    const rows = await rowsOf(context, cohort);
    const predictions = await host.column(`prediction/${output}`);
    const right = manifest.labels === null ? [] : await (manifest.labels === "classes" ? outcomeColumn(context) : errorColumn(context, output));
    const mean = (/** @type {(row: number) => number} */ of) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    return { n: rows.length, prediction: mean((row) => predictions[row]), quality: mean((row) => Math.abs(right[row])) };
  });
}

/** How many rows are shown. @param {Context} context */
export async function sizeShown(context, cohort = chosenCohort(context)) {
  return cohort ? (await summaryOf(context, cohort)).n : context.manifest.n_rows;
}

/** Leave numbers of the rows shown, and take out all others. @param {Context} context @param {Numbers|null} numbers @returns {Promise<Numbers>} */
export async function ofShown(context, numbers) {
  if (!numbers || !chosenCohort(context)) return numbers ?? new Float64Array(0);
  const left = new Float64Array(numbers.length).fill(NaN);
  for (const row of await shownRows(context)) left[row] = numbers[row];
  return left;
}

/**
 * Importances and spreads of the rows shown, or of a cohort: from the host, or else of the rows sent.
 *
 * @param {Context} context @param {number} output @param {Cohort|null} cohort
 * @returns {Promise<import("../types.js").Aggregates>}
 */
export function aggregatesOf(context, output, cohort = chosenCohort(context)) {
  const { host, manifest } = context;
  if (!cohort) return host.aggregates(output);
  return once(host, `aggregates ${output} ${JSON.stringify(cohort.rules)}`, async () => {
    if (asksHost(context)) {
      const told = await host.call("aggregates", { rules: cohort.rules, output });
      return readAggregates(async (part) => (await decodeNumbers(told[part])).numbers, manifest.features.length);
    }
    const outputs = output < 0 ? Array.from({ length: manifest.n_outputs }, (_, k) => k) : [output];
    const columns = await Promise.all(outputs.map((k) => Promise.all(manifest.features.map((_, j) => host.column(`contribution/${k}/${j}`)))));
    const shades = await Promise.all(manifest.features.map(({ kind }, j) => (kind !== "number" ? [] : once(host, `shades ${j}`, async () =>
      shadesOf(await host.column(`value/${j}`)).shades))));
    return aggregatesOfRows(columns, (j) => shades[j], await rowsOf(context, cohort));
  });
}

/** A cohort's name, or its rules. @param {Context} context @param {Cohort} cohort @param {number} most */
export async function cohortName(context, cohort, most = 60) {
  return isolated(elide(cohort.name || (await rulesText(context, cohort)), most));
}

/** @param {Context} context @param {Cohort} cohort */
export async function rulesText(context, { rules }) {
  return (await Promise.all(rules.map((rule) => ruleText(context, rule)))).join(", ") || context.words.allRows;
}

/** A rule in words. @param {Context} context @param {Rule} rule */
export async function ruleText(context, { field, low, high, levels }) {
  const { words, manifest } = context;
  const { number } = figures(words, manifest);
  const { kind, label, levels: names, keys, date } = await fieldColumn(context, field, "counted");
  const several = kind === "contribution" && manifest.n_outputs > 1 && !manifest.mirrored;
  const what = several ? `${label} (${className(context, Number(field.split("/")[1]), 20)})` : label;
  if (levels) {
    const said = levels.map((level) => (level === null ? words.missing : isolated(elide(names?.[(keys ?? names).indexOf(level)] ?? level, 30))));
    return words.isAnyOf(what, said.slice(0, 4).join(words.or) + (said.length > 4 ? ` +${said.length - 4}` : ""));
  }
  const ends = [low ?? null, high ?? null];
  const write = date ? dateWriter(ends.filter((end) => end !== null)) : number;
  const [from, to] = ends.map((end) => (end === null ? null : write(end)));
  return words.between(what, from, to);
}

/** Make a cohort and choose it; rules are added to those of the cohort shown. @param {Context} context @param {Rule[]} rules @param {boolean} narrow */
export function addCohort(context, rules, narrow = true) {
  const { store, announce, words } = context;
  const within = narrow ? chosenCohort(context)?.rules ?? [] : [];
  const cohort = { name: "", rules: [...within, ...rules] };
  const same = store.selection.cohorts.findIndex((one) => JSON.stringify(one.rules) === JSON.stringify(cohort.rules));
  const cohorts = same < 0 ? [...store.selection.cohorts, cohort] : store.selection.cohorts;
  store.set({ cohorts, cohort: same < 0 ? cohorts.length - 1 : same });
  void sizeShown(context, cohort).then(async (n) =>
    announce(words.cohortMade(await cohortName(context, cohort), figures(words, context.manifest).count(n))));
}

/** How a cohort's numbers are to be taken: of which rows they are. @param {Context} context @param {number} n */
export function cohortCaption({ words, manifest }, n) {
  const { count } = figures(words, manifest);
  return manifest.n_sent < manifest.n_rows
    ? words.ofSent(count(n), count(manifest.n_sent), count(manifest.n_rows)) : words.of(count(n), words.rowCount(manifest.n_rows, count(manifest.n_rows)));
}

