/** What the overview shows, and more, as a table: all measures with their errors, and quantiles. */

import { el } from "../dom.js";
import { figures, nameOf } from "./parts.js";

/**
 * @param {import("../types.js").Context} context
 * @param {import("../types.js").Aggregates} found
 * @param {number[]} order
 */
export function overviewTable(context, found, order) {
  const { words, manifest } = context;
  const { number, count } = figures(words, manifest);
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
  const datum = (/** @type {number} */ v) => el("td", { class: "numeric" }, el("data", { value: String(v) }, number(v, 4)));
  const left = manifest.features.length - order.length;
  return el("details", { class: "table" }, el("summary", {}, words.asTable), el("div", { class: "wide", tabindex: 0, role: "group", "aria-label": words.importances },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i ? "numeric" : "" }, h)))),
      el("tbody", {}, ...order.map((j) => el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, nameOf(context, j))), ...cells(j).map(datum)))))),
    left ? el("p", { class: "said" }, words.others(count(left))) : null);
}
