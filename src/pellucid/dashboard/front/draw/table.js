/** A table of any number of rows, of which only those in view are in the page. */

import { cellStyle, el, place } from "../dom.js";

const HEIGHT = 29;
const BEYOND = 6;

/**
 * @typedef {{name: string, text: (row: number) => string, numeric: boolean, sort: () => void,
 *     sorted: "ascending"|"descending"|"none", hint: string}} Column
 *
 * @param {Column[]} columns
 * @param {ArrayLike<number>} rows  positions to show, in order
 * @param {{name: string, chosen: number|null, height: number, top: number, choose: (row: number) => void}} given
 */
export function virtualTable(columns, rows, { name, chosen, height, top, choose }) {
  const head = el("tr", {}, ...columns.map((column) => el("th", {
    scope: "col", class: column.numeric ? "numeric" : "", "aria-sort": column.sorted === "none" ? null : column.sorted,
  }, el("button", { type: "button", title: column.hint, onclick: column.sort }, el("bdi", {}, column.name),
    column.sorted === "none" ? null : column.sorted === "ascending" ? " ↑" : " ↓"))));
  const body = el("tbody");
  const scroller = place(
    el("div", { class: "scroller", tabindex: 0, role: "group", "aria-label": name },
      el("table", { class: "grid-table", "aria-rowcount": rows.length + 1 }, el("thead", {}, head), body)),
    { "max-height": height });
  let drawn = -1;
  const draw = () => {
    const first = Math.max(0, Math.floor(scroller.scrollTop / HEIGHT) - BEYOND);
    if (first === drawn) return;
    drawn = first;
    const last = Math.min(rows.length, first + Math.ceil(height / HEIGHT) + 2 * BEYOND);
    const spacer = (/** @type {number} */ n) =>
      el("tr", { class: "spacer", "aria-hidden": "true" }, place(el("td", { colspan: columns.length }), { height: n * HEIGHT }));
    const shown = [];
    for (let i = first; i < last; i++) shown.push(line(columns, rows[i], i, chosen, choose));
    const held = /** @type {ShadowRoot|Document} */ (body.getRootNode()).activeElement?.closest("tr");
    const keeps = held && body.contains(held) ? held.getAttribute("data-row") : null;
    body.replaceChildren(spacer(first), ...shown, spacer(rows.length - last));
    const again = keeps === null ? null : rowButton(body.querySelector(`[data-row="${keeps}"]`));
    const inView = Math.ceil(scroller.scrollTop / HEIGHT) - first;
    rove(body, again ?? rowButton(shown[inView] ?? shown[0]));
    // Who stood on a row that is drawn no more stays in the table.
    if (keeps !== null) (again ?? scroller).focus({ preventScroll: true });
  };
  scroller.addEventListener("scroll", draw, { passive: true });
  scroller.addEventListener("keydown", (event) => {
    step(event);
    draw(); // before the page is told of the scrolling: keys may come faster than frames
  });
  draw();
  if (top) requestAnimationFrame(() => {
    scroller.scrollTop = top;
    draw();
  });
  return scroller;
}

/** @param {Column[]} columns @param {number} row @param {number} place @param {number|null} chosen @param {(row: number) => void} choose */
function line(columns, row, place, chosen, choose) {
  const cells = columns.map((column, j) => {
    const text = column.text(row);
    const style = cellStyle(column.numeric, text);
    return j === 0
      ? el("th", { scope: "row", class: style }, el("button", { type: "button", onclick: () => choose(row) }, el("bdi", {}, text)))
      : el("td", { class: style, title: text.length > 24 ? text : null }, el("bdi", {}, text));
  });
  return el("tr", { class: row === chosen ? "chosen" : "", "aria-rowindex": place + 2, "data-row": row, onclick: () => choose(row) }, ...cells);
}

/** @param {Element|null|undefined} line @returns {HTMLElement|null} */
function rowButton(line) {
  return line?.querySelector("button") ?? null;
}

/** Tab stops at one row of the table alone, not at each. @param {Element|null} body @param {HTMLElement|null} stop */
function rove(body, stop) {
  for (const button of body?.querySelectorAll("button") ?? []) button.tabIndex = button === stop ? 0 : -1;
}

/** Up and down go from row to row. @param {KeyboardEvent} event */
function step(event) {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = /** @type {HTMLElement} */ (event.target).closest("tbody tr");
  if (!way || !here) return;
  const next = way > 0 ? here.nextElementSibling : here.previousElementSibling;
  const button = rowButton(next);
  if (!button) return;
  event.preventDefault();
  rove(here.parentElement, button);
  button.focus();
}
