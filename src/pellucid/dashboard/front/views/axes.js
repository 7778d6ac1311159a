/** What may be laid along an axis or become a color, and the numbers of it. */

import { visible } from "../pure/text.js";
import { nameOf, outputName } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Numbers} Numbers */

/**
 * @typedef {object} Axis
 * @property {"value"|"contribution"|"prediction"|"none"} kind
 * @property {number} feature
 * @property {Numbers|null} numbers
 * @property {string[]|null} levels  of categories, whose codes are the numbers
 * @property {string} label
 */

/** The output whose rows are shown: the chosen one, or for all together the first to show. @param {Context} context */
export function rowOutput({ store, manifest }) {
  return store.selection.output >= 0 ? store.selection.output : Math.max(0, manifest.shown_output);
}

/**
 * What a choice means for the selected feature: a value that is not known gives way to the prediction.
 *
 * @param {Context} context
 * @param {string} choice
 * @returns {{kind: Axis["kind"], feature: number}}
 */
export function meaning({ manifest, store }, choice) {
  const [kind, number] = choice.split(":");
  const feature = number === undefined ? store.selection.feature : Number(number);
  if (kind === "value" && manifest.features[feature].kind === "none") return { kind: "prediction", feature };
  return { kind: /** @type {Axis["kind"]} */ (kind), feature };
}

/** Where the numbers of an axis are. @param {Context} context @param {Pick<Axis, "kind"|"feature">} axis */
export function columnName(context, { kind, feature }) {
  const k = rowOutput(context);
  return kind === "prediction" ? `prediction/${k}` : kind === "contribution" ? `contribution/${k}/${feature}` : `value/${feature}`;
}

/** The number of a single row along an axis. @param {Context} context @param {Pick<Axis, "kind"|"feature">} axis @param {import("../types.js").Row} row */
export function valueIn(context, { kind, feature }, row) {
  const cell = kind === "prediction" ? row.predictions[rowOutput(context)] : kind === "contribution" ? row.values[feature] : row.cells[feature];
  return typeof cell === "number" ? cell : NaN;
}

/**
 * @param {Context} context
 * @param {string} choice
 * @param {"exact"|"rounded"|"counted"} dots  rounded numbers will do; or none, as rows are counted elsewhere
 * @returns {Promise<Axis>}
 */
export async function axis(context, choice, dots = "exact") {
  const { manifest, words } = context;
  const host = { texts: context.host.texts, column: async (/** @type {string} */ name) =>
    dots === "counted" ? null : context.host.column(dots === "rounded" ? `dots/${name}` : name) };
  const { kind, feature } = meaning(context, choice);
  const k = rowOutput(context);
  if (kind === "none") return { kind, feature, numbers: null, levels: null, label: "" };
  if (kind === "prediction") {
    const label = outputName(context, k);
    return { kind, feature, numbers: await host.column(`prediction/${k}`), levels: null, label };
  }
  const name = nameOf(context, feature);
  if (kind === "contribution") {
    const numbers = await host.column(`contribution/${k}/${feature}`);
    return { kind, feature, numbers, levels: null, label: words.contributionOf(name) };
  }
  const isCategory = manifest.features[feature].kind === "category";
  const [numbers, levels] = await Promise.all([
    host.column(`value/${feature}`), isCategory ? host.texts(`levels/${feature}`) : null]);
  return { kind, feature, numbers, levels, label: name };
}

/**
 * The choices for an axis. Values of categories have no order: only the axis across can take them.
 *
 * @param {Context} context
 * @param {"x"|"y"|"color"} which
 */
export function axisOptions(context, which) {
  const { manifest, words } = context;
  const usable = (/** @type {number} */ j) =>
    manifest.features[j].kind === "number" || (which === "x" && manifest.features[j].kind === "category");
  const own = [
    ...(which === "color" ? [{ value: "none", text: words.plain, group: words.thisFeature }] : []),
    { value: "value", text: words.value, group: words.thisFeature },
    { value: "contribution", text: words.contribution, group: words.thisFeature },
    { value: "prediction", text: words.prediction, group: words.thisFeature },
  ];
  const all = manifest.features.map((_, j) => j);
  return [
    ...own.filter(({ value }) => value !== "value" || usable(context.store.selection.feature)),
    ...all.filter(usable).map((j) => ({ value: `value:${j}`, text: words.valueOf(nameOf(context, j)), group: words.otherValues })),
    ...all.map((j) => ({ value: `contribution:${j}`, text: words.contributionOf(nameOf(context, j)), group: words.otherContributions })),
  ];
}

/** A cell as people read it. @param {Axis} axis @param {number} row @param {(value: number, digits?: number) => string} write @param {string} missing */
export function cellText({ kind, numbers, levels }, row, write, missing) {
  const value = numbers ? numbers[row] : NaN;
  if (levels) return levels[value] ?? missing;
  return Number.isNaN(value) ? missing : write(value, kind === "value" ? 6 : 4);
}


/** A cell of a single row as people read it. @param {number|string|null} cell @param {(value: number, digits?: number) => string} write @param {string} missing */
export function textOfCell(cell, write, missing) {
  if (typeof cell === "string") return visible(cell);
  return cell === null || Number.isNaN(cell) ? missing : write(cell, 6);
}
