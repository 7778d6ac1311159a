/** What the overview shows, and more, as a table: all measures with their errors, and quantiles. */

import { figures, folded, nameOf, said } from "./parts.js";

/**
 * @param {import("../types.js").Context} context
 * @param {import("../types.js").Aggregates} found
 * @param {number[]} order
 */
export function overviewTable(context, found, order) {
  const { words, manifest } = context;
  const { count } = figures(words, manifest);
  const signed = found.strips.size > 0;
  const first = words.measures[manifest.metric === null ? "meanAbs" : "metric"];
  const heads = [words.feature, first, words.stdError,
    ...(signed ? [words.measures.mean, words.stdError, words.measures.maxAbs, ...words.quantiles] : [])];
  const quantiles = (/** @type {number} */ j) => {
    const strip = found.strips.get(j);
    return strip ? [strip.low, ...(strip.quantiles ?? []), strip.high] : Array(7).fill(NaN);
  };
  const cells = (/** @type {number} */ j) => [found.meanAbs[j], found.meanAbsError[j],
    ...(signed ? [found.mean[j], found.meanError[j], found.maxAbs[j], ...quantiles(j)] : [])];
  const left = manifest.features.length - order.length;
  const table = folded(words, manifest, heads, () => order.map((j) => [nameOf(context, j), ...cells(j)]));
  if (left) table.append(said(words.others(count(left))));
  return table;
}
