/** Rows with a name at the left, marks on a common scale, and a number at the right. */

import { bottomAxis, fitted } from "./axis.js";
import { el, place, svg, textWidth } from "../dom.js";
import { linear } from "../pure/ticks.js";
import { isolated, visible } from "../pure/text.js";

/**
 * @typedef {object} FrameRow
 * @property {string} name
 * @property {string} [note]  below the name
 * @property {string} [number]  at the right
 * @property {string} [hint]  what choosing it does
 * @property {boolean} [current]
 * @property {boolean} [strong]
 * @property {(() => void)|null} [choose]
 *
 * @typedef {object} Frame
 * @property {HTMLElement} node
 * @property {HTMLCanvasElement} canvas
 * @property {SVGSVGElement} marks
 * @property {import("../pure/ticks.js").Scale} scale
 * @property {number} width  of the plot
 * @property {number} rowHeight
 * @property {(row: number) => number} middle  of a row, in pixels from the top
 */

const AXIS = 42;
const GAP = 10;

/**
 * @param {FrameRow[]} rows
 * @param {{width: number, rowHeight: number, low: number, high: number, title: string,
 *     name: string, write: (value: number) => string, inset?: number, insetLeft?: number}} given  `inset` is kept free
 *     at the ends of the plot, `name` is that of the list
 * @returns {Frame}
 */
export function frame(rows, { width, rowHeight, low, high, title, name, write, inset = 4, insetLeft = inset }) {
  const shown = rows.map((row) => isolated(visible(row.name)));
  const widest = Math.max(40, ...shown.map((text, i) => Math.max(
    textWidth(text, 13, rows[i].current || rows[i].strong ? 600 : 400), textWidth(rows[i].note ?? "", 11))));
  const labels = Math.ceil(Math.min(widest + 2, Math.max(84, width * 0.36), 210));
  const numbers = Math.ceil(Math.max(0, ...rows.map((row) => textWidth(row.number ?? "", 12)))) + (rows.some((r) => r.number) ? 1 : 0);
  const left = labels + GAP;
  const plot = Math.max(60, Math.floor(width - left - (numbers ? numbers + GAP : 0)));
  const bottom = rows.length * rowHeight;
  const scale = linear(low, high, insetLeft, plot - inset);
  const box = { left, top: 0, width: plot, height: bottom + AXIS };
  const grid = place(svg("svg", { class: "grid-layer", "aria-hidden": "true", width: plot, height: box.height },
    bottomAxis(scale, { top: 0, y: bottom, width: plot, title, write })), box);
  const canvas = place(el("canvas", { "aria-hidden": "true" }), { ...box, height: bottom });
  const marks = place(svg("svg", { class: "marks", "aria-hidden": "true", width: plot, height: bottom }), { ...box, height: bottom });
  const list = el("ol", { class: "rows", "aria-label": name, onkeydown: step },
    ...rows.map((row, i) => place(listed(row, shown[i], labels, numbers), { height: rowHeight })));
  const node = place(el("div", { class: "frame" }, grid, canvas, marks, list), { height: box.height });
  return { node, canvas, marks, scale, width: plot, rowHeight, middle: (i) => (i + 0.5) * rowHeight };
}

/** @param {FrameRow} row @param {string} text @param {number} labels @param {number} numbers */
function listed(row, text, labels, numbers) {
  const style = row.current || row.strong ? 600 : 400;
  const name = el("span", { class: "name", dir: "auto" }, fitted(text, labels, 13, style));
  const note = row.note ? el("span", { class: "note" }, fitted(row.note, labels, 11)) : null;
  const full = row.hint ? `${text}\n${row.hint}` : text;
  const label = row.choose
    ? el("button", { type: "button", class: "label", title: full, "aria-pressed": String(row.current ?? false), onclick: row.choose }, name, note)
    : el("div", { class: "label", title: text }, name, note);
  const number = row.number ? place(el("span", { class: "number" }, row.number), { width: numbers }) : null;
  return el("li", { class: row.current || row.strong ? "strong" : "" }, place(label, { width: labels }), number);
}

/** Up and down go from name to name. @param {KeyboardEvent} event */
function step(event) {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!way) return;
  const buttons = [.../** @type {Element} */ (event.currentTarget).querySelectorAll("button")];
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const next = buttons[at + way];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}
