/** Which classes are taken for which: a table of a few classes, a picture of many; each cell a cohort. */

import { el, place } from "../dom.js";
import { prepare } from "../draw/strip.js";
import { descending } from "../pure/order.js";
import { addCohort } from "./members.js";
import { button, className, figures, said, tableOf } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */

const MOST_IN_A_TABLE = 12;
const MOST_PAIRS = 12;

/** @param {Context} context @param {ArrayLike<number>} cells @param {number} width */
export function confusion(context, cells, width) {
  const k = context.manifest.n_outputs;
  return k <= MOST_IN_A_TABLE ? [confusionTable(context, cells)] : [confusionPicture(context, cells, width), pairs(context, cells)];
}

/** Choose the rows of a cell. @param {Context} context @param {number} i  true class @param {number} j  predicted class */
function chooser(context, i, j) {
  const names = context.manifest.classes ?? [];
  return !context.manifest.n_sent ? null
    : () => addCohort(context, [{ field: "truth/0", levels: [names[i]] }, { field: "predicted", levels: [names[j]] }]);
}

/** A count that can be chosen where there are rows. @param {Context} context @param {number} n @param {number} i @param {number} j */
function cell(context, n, i, j) {
  const { words, manifest } = context;
  const { count } = figures(words, manifest);
  const choose = n ? chooser(context, i, j) : null;
  const label = words.confused(count(n), className(context, i), className(context, j));
  return choose ? button(count(n), choose, { class: "plain", "aria-label": label, title: label, "data-focus": `cell${i}-${j}` }) : el("span", {}, count(n));
}

/** @param {Context} context @param {ArrayLike<number>} cells */
function confusionTable(context, cells) {
  const { words, manifest } = context;
  const k = manifest.n_outputs;
  const all = Array.from({ length: k }, (_, i) => i);
  return el("div", { class: "wide" }, said(words.confusionSaid), el("table", { class: "confusion" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, words.trueClass),
      ...all.map((j) => el("th", { scope: "col", class: "numeric" }, el("bdi", {}, className(context, j, 18)))))),
    el("tbody", {}, ...all.map((i) => {
      const own = all.map((j) => cells[i * k + j]);
      const total = own.reduce((sum, n) => sum + n, 0) || 1;
      return el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, className(context, i, 24))),
        ...own.map((n, j) => el("td", { class: i === j ? "numeric right" : "numeric" }, cell(context, n, i, j),
          place(el("span", { class: "gauge", "aria-hidden": "true" }), { width: `${(100 * n) / total}%` }))));
    }))));
}

/** @param {Context} context @param {ArrayLike<number>} cells @param {number} width */
function confusionPicture(context, cells, width) {
  const { words, manifest } = context;
  const { count } = figures(words, manifest);
  const k = manifest.n_outputs;
  const size = Math.max(3, Math.min(16, Math.floor(width / k)));
  const canvas = el("canvas", { class: "pickable", role: "img", "aria-label": words.confusionPicture(count(k)) });
  place(canvas, { width: k * size, height: k * size });
  const { pen, ratio } = prepare(canvas, k * size, k * size);
  const table = /** @type {{ink: string, rule: string}} */ (context.theme());
  for (let i = 0; i < k; i++) {
    let total = 1;
    for (let j = 0; j < k; j++) total = Math.max(total, cells[i * k + j]);
    for (let j = 0; j < k; j++) {
      const n = cells[i * k + j];
      pen.globalAlpha = n ? 0.25 + 0.75 * Math.sqrt(n / total) : 0.5;
      pen.fillStyle = n ? table.ink : table.rule;
      const inset = n ? 0.5 : size / 2 - 0.5;
      if (n || i === j) pen.fillRect((j * size + inset) * ratio, (i * size + inset) * ratio, (size - 2 * inset) * ratio, (size - 2 * inset) * ratio);
    }
  }
  const readout = el("p", { class: "readout" });
  const at = (/** @type {MouseEvent} */ event) => [event.offsetY, event.offsetX].map((v) => Math.min(k - 1, Math.max(0, Math.floor(v / size))));
  canvas.addEventListener("pointermove", (event) => {
    const [i, j] = at(event);
    readout.textContent = words.confused(count(cells[i * k + j]), className(context, i), className(context, j));
  });
  canvas.addEventListener("click", (event) => {
    const [i, j] = at(event);
    if (cells[i * k + j]) chooser(context, i, j)?.();
  });
  return el("div", {}, said(words.pictureSaid), canvas, readout);
}

/** The most frequent confusions, as a list. @param {Context} context @param {ArrayLike<number>} cells */
function pairs(context, cells) {
  const { words, manifest } = context;
  const k = manifest.n_outputs;
  const wrong = Array.from(cells, (n, at) => (at % (k + 1) === 0 ? 0 : n));
  const found = descending(wrong).slice(0, MOST_PAIRS).filter((at) => wrong[at] > 0);
  return el("div", {}, el("h3", {}, words.mostConfused),
    tableOf(words, manifest, [words.trueClass, words.predicted, words.rowsHead], found.map((at) => {
      const [i, j] = [Math.floor(at / k), at % k];
      return [className(context, i), className(context, j), cell(context, cells[at], i, j)];
    }), 2));
}
