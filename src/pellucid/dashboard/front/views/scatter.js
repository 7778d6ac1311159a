/** Rows as dots, with counts along both axes. */

import { el, place, redrawing, setChildren, svg } from "../dom.js";
import { bottomAxis, fitted, leftAxis, tickWidth } from "../draw/axis.js";
import { countBars, rings as ringsAt } from "../draw/bars.js";
import { drawDots } from "../draw/dots.js";
import { histogram } from "../pure/density.js";
import { calendar, tickWriter } from "../pure/dates.js";
import { descending, lacking, nearest } from "../pure/order.js";
import { extent, linear, padded, placesOn } from "../pure/ticks.js";
import { rampTable } from "../theme.js";
import { brush, corners, sideRule } from "./brush.js";
import { addCohort, shownRules } from "./members.js";
import { figures } from "./parts.js";

const [RIGHT, TOP, BOTTOM, GUTTER, TITLE] = [34, 30, 42, 52, 20];
const BINS = 40;

/**
 * @param {import("../types.js").Context} context
 * @param {{across: import("./axes.js").Axis, up: import("./axes.js").Axis, xs: ArrayLike<number>,
 *     ys: ArrayLike<number>, shades: ArrayLike<number>|null, rings: SVGElement, labels: string[],
 *     width: number, hover: (row: number|null) => void}} given
 */
export function scatter(context, { across, up, xs, ys, shades, rings, width, hover }) {
  const { words, store, manifest } = context;
  const { number, count } = figures(words, manifest);
  const n = known(ys);
  // Axes are those of all rows, so that a cohort is seen where it is among them.
  const [allX, allY] = [across.numbers ?? xs, up.numbers ?? ys];
  const gutter = lacking(allX, allY) ? GUTTER : 0;
  const [lowX, highX] = extent(allX);
  const [lowY, highY] = extent(allY);
  const plotHeight = Math.round(Math.min(380, Math.max(220, width * 0.62)));
  const y = (up.date ? calendar : linear)(...pair(padded(lowY, highY)), plotHeight, 0);
  const writeUp = tickWriter(up.date, y, plotHeight / 45, number);
  const left = 12 + Math.ceil(tickWidth(y, writeUp));
  const plotWidth = Math.max(80, Math.floor(width - left - RIGHT));
  const x = (across.date ? calendar : linear)(...pair(padded(lowX, highX)), gutter, plotWidth);
  const px = placesOn(xs, x, (i) => 8 + ((i * 0.618034) % 1) * (GUTTER - 22));
  const py = placesOn(ys, y, () => NaN);

  const height = TITLE + TOP + plotHeight + BOTTOM;
  const whole = { left: 0, top: 0, width, height };
  const grid = place(svg("svg", { class: "grid-layer", "aria-hidden": "true", width, height }), whole);
  const inner = svg("g", { transform: `translate(${left} ${TITLE + TOP})` });
  grid.append(svg("text", { x: 0, y: 13, class: "axis-title" }, fitted(`↑ ${up.label}`, width)), inner);
  inner.append(
    leftAxis(y, { x: -8, left: 0, right: plotWidth, write: writeUp }),
    movedRight(bottomAxis(shifted(x, gutter), { top: 0, y: plotHeight, width: plotWidth - gutter, title: across.label, zero: false, write: tickWriter(across.date, x, (plotWidth - gutter) / 62, number) }), gutter),
    countBars(histogram(xs, lowX, highX, BINS), { along: (b) => x.at(lowX + (b / BINS) * (highX - lowX)), base: -4, reach: TOP - 8 }),
    countBars(histogram(ys, lowY, highY, BINS), { along: (b) => y.at(lowY + (b / BINS) * (highY - lowY)), base: plotWidth + 4, reach: RIGHT - 8, lying: true }),
  );
  if (gutter) inner.append(svg("text", { x: GUTTER / 2 - 4, y: plotHeight + 15, class: "tick", "text-anchor": "middle" }, fitted(words.missing, GUTTER)));
  const canvas = place(el("canvas", { "aria-hidden": "true", class: n ? "pickable" : "" }),
    { left, top: TITLE + TOP, width: plotWidth, height: plotHeight });
  const table = rampTable(context.theme());
  drawDots(canvas, px, py, shades ?? [], { width: plotWidth, height: plotHeight, table, plain: shades ? null : table[255] });
  const marks = place(svg("svg", { class: "marks", "aria-hidden": "true", width: plotWidth, height: plotHeight }), { left, top: TITLE + TOP, width: plotWidth, height: plotHeight });
  const ghost = svg("g");
  const redraw = redrawing();
  let pointed = -1;
  marks.append(ghost, rings);
  brush(canvas, marks, ({ left: from, right: to, top, bottom }) => {
    const missing = gutter && to < gutter ? [{ field: across.field, levels: [null] }] : null;
    const wanted = [...(missing ?? sideRule(across.field, x, from, to)), ...sideRule(up.field, y, bottom, top)];
    if (wanted.length) addCohort(context, wanted);
  });
  const node = place(el("div", {
    class: "frame dots", tabindex: 0, role: "img", "data-focus": "dots",
    "aria-label": words.chart(up.label, across.label, count(n)),
  }, grid, canvas, marks), { height });

  let [asked, found] = ["", -1];
  // A click is where the pointer was before.
  const near = (/** @type {MouseEvent} */ { offsetX, offsetY }) => {
    if (asked !== `${offsetX} ${offsetY}`) found = nearest(px, py, offsetX, offsetY, 24);
    asked = `${offsetX} ${offsetY}`;
    return found;
  };
  const shown = (/** @type {number} */ row) => (Number.isNaN(px[row]) || Number.isNaN(py[row]) ? [] : [ringsAt([[px[row], py[row]]])]);
  canvas.addEventListener("pointermove", (event) => {
    const row = near(event);
    if (row === pointed) return;
    pointed = row;
    setChildren(ghost, redraw(() => (row < 0 ? [] : [ringsAt([[px[row], py[row]]], 4.5)])));
    hover(row < 0 ? null : row);
  });
  canvas.addEventListener("pointerleave", () => {
    pointed = -1;
    ghost.replaceChildren();
    hover(null);
  });
  canvas.addEventListener("click", (event) => {
    const row = near(event);
    if (row >= 0) store.set({ row });
  });
  /** @type {number[]|null} */
  let order = null;
  corners(context, node, [across.field, up.field], (row) => (manifest.dots === "exact" ? [xs[row], ys[row]]
    : context.host.call("pick", { x: across.field, y: up.field, row, rules: shownRules(context) }).then(({ at }) => at, () => [NaN])));
  node.addEventListener("keydown", (event) => {
    const way = { ArrowRight: -1, ArrowLeft: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    order ??= descending(px).filter((row) => !Number.isNaN(py[row]));
    const at = store.selection.row === null ? -1 : order.indexOf(store.selection.row);
    const next = order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + way))];
    if (next !== undefined) store.set({ row: next });
  });
  return { node, ringsOf: shown, best: null };
}

/** @param {number[]} range @returns {[number, number]} */
function pair([low, high]) {
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : [0, 1];
}

/** @param {import("../pure/ticks.js").Scale} scale @param {number} by */
function shifted(scale, by) {
  return { ...scale, at: (/** @type {number} */ v) => scale.at(v) - by };
}

/** @param {SVGGElement} group @param {number} by */
function movedRight(group, by) {
  group.setAttribute("transform", `translate(${by} 0)`);
  return group;
}

/** @param {ArrayLike<number>} numbers */
function known(numbers) {
  let n = 0;
  for (let i = 0; i < numbers.length; i++) if (Number.isFinite(numbers[i])) n++;
  return n;
}
