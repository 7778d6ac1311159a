/** Below a feature's dots, if it is asked for: the model's predictions over its range, on average and by row. */

import { el } from "../dom.js";
import { newest } from "../pure/newest.js";
import { elide, isolated, visible } from "../pure/text.js";
import { rowOutput } from "./axes.js";
import { levelDots, lineChart } from "./curves.js";
import { figures, folded, nameOf, outputName, said } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/**
 * @typedef {{points: (number|string|null)[], values: number[], errors: (number|null)[], base: number,
 *     curves: number[][], n_rows: number, input: number, name: string|null}} Dependence  `name` of the
 *     column given, if it is not the feature itself
 */

/**
 * @param {Context} context
 * @returns {{node: HTMLElement, render: () => void, select: () => void}}
 */
export function dependence(context) {
  const { host, words, store } = context;
  let open = false;
  /** @type {{key: string, found: Dependence}|null} */
  let known = null;
  const place = el("div", {});
  const button = el("button", { type: "button", class: "action", "aria-expanded": "false", "data-focus": "pdp", onclick: () => {
    open = !open;
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? words.hideDependence : words.showDependence;
    render();
  } }, words.showDependence);
  const ask = newest(async (current) => {
    const [{ feature, row }, output] = [store.selection, rowOutput(context)];
    const key = `${feature}/${output}`;
    place.setAttribute("aria-busy", "true");
    try {
      if (known?.key !== key) place.replaceChildren(said(words.asking));
      const found = known?.key === key ? known.found : await host.call("pdp", { feature, output });
      known = { key, found };
      const own = row === null ? null : await host.call("ice", { row, changes: {}, input: found.input, output });
      if (current() && open) place.replaceChildren(...draw(context, found, own, place.clientWidth));
    } catch (error) {
      if (current()) place.replaceChildren(el("p", { class: "failed", role: "alert" }, words.failed(visible(error instanceof Error ? error.message : String(error)))));
    } finally {
      if (current()) place.removeAttribute("aria-busy");
    }
  });
  const render = () => {
    if (open) ask();
    else place.replaceChildren();
  };
  return { node: el("div", { class: "dependence" }, button, place), render, select: render };
}

/** @param {Context} context @param {Dependence} found @param {{points: number[], values: number[], now: number|string|null}|null} own @param {number} width */
function draw(context, found, own, width) {
  const { words, manifest, store } = context;
  const { number, count, columnWriter } = figures(words, manifest);
  const feature = nameOf(context, store.selection.feature);
  const name = found.name === null ? feature : isolated(elide(found.name, 40));
  const up = outputName(context, rowOutput(context));
  const { points, values, errors, curves } = found;
  const text = (/** @type {number|string|null} */ p) => (p === null ? words.missing : typeof p === "string" ? visible(p) : number(p, 6));
  const numeric = points.every((p) => typeof p !== "string");
  const there = points.map((_, i) => i).filter((i) => points[i] !== null);
  const at = (/** @type {number[]} */ line) => there.map((i) => line[i]);
  const across = /** @type {number[]} */ (there.map((i) => points[i]));
  const line = own && numeric && own.points.length > 1 ? resampled(own, across) : null;
  const chart = numeric && there.length > 1
    ? lineChart({
      points: across, values: at(values), errors: there.map((i) => errors[i]), others: curves.map(at), own: line,
      marks: line ? [{ at: Number(own?.now ?? NaN), style: "pin", on: line }] : [], across: name, up, width, write: number,
    })
    : levelDots({ names: points.map(text), values, errors, chosen: -1, up, width, write: number, texts: columnWriter(values) });
  return [
    el("h3", {}, words.dependenceTitle(up, name)),
    said([words.dependenceSaid(count(found.n_rows)), line && words.ownCurve, found.name !== null && words.dependenceGiven(feature, name)].filter(Boolean).join(" ")),
    chart,
    folded(words, manifest, [name, up, words.stdError], () => points.map((p, i) => [text(p), values[i], errors[i] ?? NaN])),
  ];
}

/** A curve at other points. @param {{points: number[], values: number[]}} curve @param {number[]} wanted */
function resampled({ points, values }, wanted) {
  return wanted.map((at) => {
    const i = Math.min(points.length - 1, Math.max(1, points.findIndex((p) => p >= at)));
    const share = Math.min(1, Math.max(0, (at - points[i - 1]) / (points[i] - points[i - 1] || 1)));
    return values[i - 1] + share * (values[i] - values[i - 1]);
  });
}
