/** Always in view: what made these numbers, and how far to trust them. */

import { el } from "../dom.js";
import { visible } from "../pure/text.js";
import { figures } from "./parts.js";

/** @param {import("../types.js").Context} context */
export function provenance({ manifest, words }) {
  const { number, count } = figures(words, manifest);
  const said = manifest.provenance;
  /** @type {[string, string, string?][]} */
  const facts = [[words.method, said.method], [words.values, words.exactness[said.exactness] ?? said.exactness]];
  if (said.model) facts.unshift([words.model, said.model]);
  const sampled = manifest.n_rows < said.n_rows_given;
  facts.push([words.rows, sampled ? words.of(count(manifest.n_rows), count(said.n_rows_given)) : count(manifest.n_rows)]);
  if (said.n_background) facts.push([words.background, count(said.n_background)]);
  if (said.efficiency_gap !== null && said.local_r2 === null) facts.push([words.gap, number(said.efficiency_gap, 2), words.gapHint]);
  if (said.largest_std_error !== null) facts.push([words.largestError, number(said.largest_std_error, 2)]);
  if (said.fidelity !== null) facts.push([words.fidelity, number(said.fidelity)]);
  if (said.local_r2 !== null) facts.push([words.localR2, number(said.local_r2)]);
  if (said.sampling) facts.push([words.sampling, said.sampling]);
  const dots = manifest.n_sent === 0 ? words.noRows
    : manifest.n_sent < manifest.n_rows ? words.dots(count(manifest.n_sent), count(manifest.n_rows)) : null;
  return el("section", { class: "provenance", "aria-label": words.provenance },
    el("dl", {}, ...facts.map(([what, value, hint]) =>
      el("div", { title: hint }, el("dt", {}, what), el("dd", {}, el("bdi", {}, visible(value)))))),
    dots ? el("p", { class: "note" }, dots) : null,
    ...said.warnings.map((text) => el("p", { class: "note warning" }, el("b", {}, `${words.warning}: `), visible(text))));
}
