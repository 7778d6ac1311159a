/** Drag a rectangle in a chart, or mark two of its corners by keys; what it holds becomes a cohort. */

import { svg } from "../dom.js";
import { addCohort } from "./members.js";

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box  in pixels */

const LEAST = 5;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {SVGElement} marks  where the rectangle is drawn
 * @param {(box: Box) => void} choose
 */
export function brush(canvas, marks, choose) {
  /** @type {{x: number, y: number}|null} */
  let start = null;
  /** @type {Box|null} */
  let box = null;
  const frame = svg("rect", { class: "brush" });
  const end = () => {
    frame.remove();
    start = null;
  };
  canvas.addEventListener("pointerdown", (event) => {
    box = null;
    // A finger scrolls the page.
    if (event.button !== 0 || event.pointerType === "touch") return;
    start = { x: event.offsetX, y: event.offsetY };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [x, y] = [within(event.offsetX, canvas.clientWidth), within(event.offsetY, canvas.clientHeight)];
    if (!box && Math.abs(x - start.x) < LEAST && Math.abs(y - start.y) < LEAST) return;
    box = { left: Math.min(x, start.x), right: Math.max(x, start.x), top: Math.min(y, start.y), bottom: Math.max(y, start.y) };
    for (const [key, value] of Object.entries({ x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top })) {
      frame.setAttribute(key, String(value));
    }
    marks.append(frame);
  });
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerup", end);
  // After a drag, a click follows that must not choose a row.
  canvas.addEventListener("click", (event) => {
    if (!box) return;
    event.stopImmediatePropagation();
    choose(box);
    box = null;
  });
}

/**
 * B marks the chosen row as a corner; once more, with another row, makes a cohort of what lies between.
 *
 * @param {import("../types.js").Context} context
 * @param {HTMLElement} node  the chart
 * @param {string[]} fields  across and up
 * @param {(row: number) => ArrayLike<number>|Promise<ArrayLike<number>>} placeOf  where a row is, exactly
 */
export function corners(context, node, fields, placeOf) {
  const { store, announce, words } = context;
  /** @type {ArrayLike<number>|null} */
  let corner = null;
  node.addEventListener("keydown", async (event) => {
    const { row } = store.selection;
    if (row === null || event.key.toLowerCase() !== "b" || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = await placeOf(row);
    if (!Array.from(here).every(Number.isFinite)) return;
    const other = corner;
    corner = other ? null : here;
    if (!other) return announce(words.cornerSet);
    addCohort(context, fields.map((field, i) => {
      const [low, high] = [other[i], here[i]].sort((a, b) => a - b);
      return { field, low, high };
    }));
  });
}

/** @param {number} place @param {number} size */
function within(place, size) {
  return Math.min(size, Math.max(0, place));
}

/**
 * The rule that a side of a rectangle stands for: with ends as round as pixels allow, and none where it
 * reaches from end to end.
 *
 * @param {string} field
 * @param {import("../pure/ticks.js").Scale} scale
 * @param {number} from
 * @param {number} to
 * @returns {import("../types.js").Rule[]}
 */
export function sideRule(field, scale, from, to) {
  const [low, high] = [scale.from(from), scale.from(to)].sort((a, b) => a - b);
  const power = Math.floor(Math.log10(Math.abs(scale.from(1) - scale.from(0))));
  const round = (/** @type {number} */ v, /** @type {(v: number) => number} */ way) => Number(`${way(Number(`${v}e${-power}`))}e${power}`);
  const ends = [low > scale.low ? round(low, Math.floor) : null, high < scale.high ? round(high, Math.ceil) : null];
  return ends[0] === null && ends[1] === null ? [] : [{ field, low: ends[0], high: ends[1] }];
}
