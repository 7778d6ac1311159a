/** What may be laid along an axis or become a color, and the numbers of it. */

import { writerOf } from "../pure/dates.js";
import { mapped } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { nameOf, outputName } from "./parts.js";
import { errorColumn, errorIn, highest, outcomeColumn, predictedColumn } from "./derived.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Numbers} Numbers */

/**
 * @typedef {"value"|"contribution"|"prediction"|"label"|"error"|"predicted"|"outcome"|"none"} Kind
 *
 * @typedef {object} Axis
 * @property {Kind} kind
 * @property {number} feature
 * @property {Numbers|null} numbers
 * @property {string[]|null} levels  of categories, whose codes are the numbers
 * @property {string[]} [keys]  what rules call the levels, if not as people read them
 * @property {string} label
 * @property {((value: number) => string)|null} [date]  writes its numbers, if they are dates
 * @property {string} field  its name in rules
 */

/** Kinds that there are only with true labels. */
const OF_LABELS = ["label", "error", "predicted", "outcome"];

/** The output whose rows are shown: the chosen one, or for all together the first to show. @param {Context} context */
export function rowOutput({ store, manifest }) {
  return store.selection.output >= 0 ? store.selection.output : Math.max(0, manifest.shown_output);
}

/**
 * What a choice means for the selected feature: a value that is not known gives way to the prediction.
 *
 * @param {Context} context
 * @param {string} choice
 * @returns {{kind: Kind, feature: number}}
 */
export function meaning({ manifest, store }, choice) {
  const [kind, number] = choice.split(":");
  const feature = number === undefined ? store.selection.feature : Number(number);
  const unknown = (kind === "value" && manifest.features[feature].kind === "none") || (OF_LABELS.includes(kind) && !manifest.labels);
  return { kind: unknown ? "prediction" : /** @type {Kind} */ (kind), feature };
}

/** What a single row has along an axis; null if that is missing. @param {Context} context @param {Axis} axis @param {import("../types.js").Row} row @returns {number|string|null} */
export function cellIn(context, { kind, feature, levels }, { predictions, values, cells, truth }) {
  const k = rowOutput(context);
  if (kind === "value") return cells[feature];
  if (kind === "prediction") return predictions[k];
  if (kind === "contribution") return values[feature];
  const label = truth[context.manifest.labels === "classes" ? 0 : k];
  const scores = predictions.map((score) => [score]);
  if (kind === "error") return errorIn(context.manifest, scores, [label], k, 0);
  const found = kind === "label" ? label : kind === "predicted" ? highest(scores, 0) : Number(highest(scores, 0) === label);
  return levels ? levels[found] : found;
}

/**
 * @param {Context} context
 * @param {string} choice
 * @param {"exact"|"rounded"|"counted"} dots  rounded numbers will do; or none, as rows are counted elsewhere
 * @returns {Promise<Axis>}
 */
export function axis(context, choice, dots = "exact") {
  const { kind, feature } = meaning(context, choice);
  return columnOf(context, kind, feature, rowOutput(context), dots);
}

/**
 * A column of the rows sent.
 *
 * @param {Context} context
 * @param {Kind} kind
 * @param {number} feature
 * @param {number} k  output
 * @param {"exact"|"rounded"|"counted"} dots
 * @returns {Promise<Axis>}
 */
export async function columnOf(context, kind, feature, k, dots = "exact") {
  const { host, manifest, words } = context;
  /** @param {string} field @param {string} label @param {string[]|null} levels @param {() => Promise<Numbers>} read @returns {Promise<Axis>} */
  const found = async (field, label, levels = null, read = () => host.column(field)) => ({
    kind, feature, field, label, levels,
    numbers: dots === "counted" ? null : dots === "rounded" ? await host.column(`dots/${field}`) : await read(),
  });
  const classes = manifest.labels === "classes" ? manifest.classes : null;
  if (kind === "none") return { kind, feature, field: "", label: "", levels: null, numbers: null };
  if (kind === "prediction") return found(`prediction/${k}`, outputName(context, k));
  if (kind === "label") return found(`truth/${classes ? 0 : k}`, words.label, classes);
  if (kind === "error") {
    return found(`error/${k}`, classes && manifest.output_space !== "probability" ? words.margin : words.error, null, () => errorColumn(context, k));
  }
  if (kind === "predicted") return found("predicted", words.predicted, classes, () => predictedColumn(context));
  if (kind === "outcome") return { ...await found("outcome", words.outcome, words.outcomes, () => outcomeColumn(context)), keys: ["wrong", "right"] };
  const name = nameOf(context, feature);
  if (kind === "contribution") return found(`contribution/${k}/${feature}`, words.contributionOf(name));
  const held = manifest.features[feature].kind;
  const own = await found(`value/${feature}`, name, held === "category" ? await host.texts(`levels/${feature}`) : null);
  return { ...own, date: held === "date" ? writerOf(own.numbers ?? []) : null };
}

/**
 * Numbers to color by: of two categories the second, of more whether a row is in the chosen output's.
 *
 * @param {Context} context
 * @param {Axis} shade
 * @returns {{numbers: Numbers|null, ends: [string, string]|null}}
 */
export function colorOf(context, { numbers, levels }) {
  if (!levels || !numbers) return { numbers, ends: null };
  if (levels.length === 2) return { numbers, ends: [levels[0], levels[1]] };
  const k = rowOutput(context);
  return { numbers: mapped(numbers, (code) => Number(code === k)), ends: [context.words.otherClasses, levels[k]] };
}

/** Kinds that a row has beside its features. @param {Context} context @param {"x"|"y"|"color"} which @returns {Kind[]} */
export function ownKinds({ manifest }, which) {
  if (!manifest.labels) return ["prediction"];
  const numbers = /** @type {Kind[]} */ (manifest.labels === "numbers" ? ["label", "error"] : ["error"]);
  const categories = /** @type {Kind[]} */ (manifest.labels === "classes" ? ["label", "predicted", "outcome"] : []);
  // Where rows are counted, a pixel's color is a mean, which categories have not.
  const hasCategories = which === "x" || (which === "color" && manifest.dots !== "counted");
  return ["prediction", ...(hasCategories ? categories : []), ...numbers];
}

/** Whether an axis takes a choice: categories have no order, so they cannot go up. @param {Context} context @param {"x"|"y"|"color"} which @param {Kind} kind @param {number} feature */
export function takes(context, which, kind, feature) {
  if (kind === "none") return which === "color";
  if (kind === "contribution") return true;
  if (kind !== "value") return ownKinds(context, which).includes(kind);
  const held = context.manifest.features[feature].kind;
  return ["number", "date"].includes(held) || (which === "x" && held === "category");
}

/**
 * The choices for an axis.
 *
 * @param {Context} context
 * @param {"x"|"y"|"color"} which
 */
export function axisOptions(context, which) {
  const { manifest, words } = context;
  const usable = (/** @type {number} */ j) => takes(context, which, "value", j);
  const all = manifest.features.map((_, j) => j);
  return [
    ...(which === "color" ? [{ value: "none", text: words.plain, group: words.thisFeature }] : []),
    ...(usable(context.store.selection.feature) ? [{ value: "value", text: words.value, group: words.thisFeature }] : []),
    { value: "contribution", text: words.contribution, group: words.thisFeature },
    ...ownKinds(context, which).map((value) => ({ value, text: words.kinds[value], group: words.thisRow })),
    ...all.filter(usable).map((j) => ({ value: `value:${j}`, text: words.valueOf(nameOf(context, j)), group: words.otherValues })),
    ...all.map((j) => ({ value: `contribution:${j}`, text: words.contributionOf(nameOf(context, j)), group: words.otherContributions })),
  ];
}

/** A cell as people read it. @param {Axis} axis @param {number} row @param {(value: number, digits?: number) => string} write @param {string} missing */
export function cellText({ kind, numbers, levels, date }, row, write, missing) {
  const value = numbers ? numbers[row] : NaN;
  if (levels) return levels[value] ?? missing;
  return Number.isNaN(value) ? missing : date ? date(value) : write(value, digitsOf(kind));
}

/** Digits of what was given and of what was computed. @param {Kind} kind */
function digitsOf(kind) {
  return kind === "value" || kind === "label" ? 6 : 4;
}

/** A cell that a host tells as people read it. @param {Pick<Axis, "kind"|"levels"|"keys">} axis @param {number|string|null} cell @param {(value: number, digits?: number) => string} write @param {string} missing */
export function textOfCell({ kind, levels, keys }, cell, write, missing) {
  if (typeof cell === "string") return visible(levels?.[keys?.indexOf(cell) ?? -1] ?? cell);
  return cell === null || Number.isNaN(cell) ? missing : write(cell, digitsOf(kind));
}
