/** Which rows belong to the chosen cohort, and what is measured of them. */

import { aggregatesOfRows, fits } from "../pure/cohorts.js";
import { elide, isolated } from "../pure/text.js";
import { shadesOf } from "../pure/order.js";
import { className, figures } from "./parts.js";
import { columnOf } from "./axes.js";
import { once } from "./derived.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Cohort} Cohort */
/** @typedef {import("../types.js").Rule} Rule */

/** The chosen cohort; null is all rows. @param {Context} context @returns {Cohort|null} */
export function chosenCohort({ store }) {
  const { cohort, cohorts } = store.selection;
  return cohort === null ? null : cohorts[cohort] ?? null;
}

/** A field of a rule as a column. @param {Context} context @param {string} field */
export function fieldColumn(context, field) {
  const [kind, first, second] = field.split("/");
  const feature = kind === "value" ? Number(first) : Number(second ?? 0);
  const output = kind === "value" ? 0 : Number(first ?? 0);
  return columnOf(context, /** @type {any} */ (kind === "truth" ? "label" : kind), feature, output);
}

/** The rows of a cohort, in their order. @param {Context} context @param {Cohort|null} cohort @returns {Promise<number[]>} */
export function rowsOf(context, cohort) {
  const all = () => Array.from({ length: context.manifest.n_sent }, (_, row) => row);
  if (!cohort) return once(context.host, "rows", async () => all());
  return once(context.host, `rows ${JSON.stringify(cohort.rules)}`, async () => {
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

/** Leave numbers of the rows shown, and take out all others. @param {Context} context @param {ArrayLike<number>} numbers */
export async function ofShown(context, numbers) {
  if (!chosenCohort(context)) return numbers;
  const left = new Float64Array(numbers.length).fill(NaN);
  for (const row of await shownRows(context)) left[row] = numbers[row];
  return left;
}

/**
 * Importances and spreads of the rows shown, or of a cohort: all rows' are exact, others' are of the rows sent.
 *
 * @param {Context} context @param {number} output @param {Cohort|null} cohort
 * @returns {Promise<import("../types.js").Aggregates>}
 */
export function aggregatesOf(context, output, cohort = chosenCohort(context)) {
  const { host, manifest } = context;
  if (!cohort) return host.aggregates(output);
  return once(host, `aggregates ${output} ${JSON.stringify(cohort.rules)}`, async () => {
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
  const { kind, label, levels: names, keys } = await fieldColumn(context, field);
  const several = kind === "contribution" && manifest.n_outputs > 1 && !manifest.mirrored;
  const what = several ? `${label} (${className(context, Number(field.split("/")[1]), 20)})` : label;
  if (levels) {
    const said = levels.map((level) => (level === null ? words.missing : isolated(elide(names?.[(keys ?? names).indexOf(level)] ?? level, 30))));
    return words.isAnyOf(what, said.slice(0, 4).join(words.or) + (said.length > 4 ? ` +${said.length - 4}` : ""));
  }
  const [from, to] = [low ?? null, high ?? null].map((end) => (end === null ? null : number(end)));
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
  void rowsOf(context, cohort).then(async (rows) =>
    announce(words.cohortMade(await cohortName(context, cohort), figures(words, context.manifest).count(rows.length))));
}

/** How a cohort's numbers are to be taken: of which rows they are. @param {Context} context @param {number} n */
export function cohortCaption({ words, manifest }, n) {
  const { count } = figures(words, manifest);
  return manifest.n_sent < manifest.n_rows
    ? words.ofSent(count(n), count(manifest.n_sent), count(manifest.n_rows)) : words.of(count(n), words.rowCount(manifest.n_rows, count(manifest.n_rows)));
}

