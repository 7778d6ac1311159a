/** Rows in each pixel, counted where the rows are: for more of them than a page should hold. */

import { el, place, svg } from "../dom.js";
import { bottomAxis, fitted, leftAxis, tickWidth } from "../draw/axis.js";
import { rings as ringsAt } from "../draw/bars.js";
import { paintDots } from "../draw/dots.js";
import { prepare } from "../draw/strip.js";
import { calendar, tickWriter } from "../pure/dates.js";
import { decodeNumbers } from "../pure/decode.js";
import { linear } from "../pure/ticks.js";
import { rampTable } from "../theme.js";
import { cellIn } from "./axes.js";
import { brush, corners, sideRule } from "./brush.js";
import { addCohort, shownRules } from "./members.js";
import { figures, key } from "./parts.js";

/** @typedef {import("./axes.js").Axis} Axis */

/** Pixels of a cell in which rows are counted: a single row must be seen. */
const CELL = 2;

/**
 * @param {import("../types.js").Context} context
 * @param {{across: Axis, up: Axis, shade: Axis, rings: SVGElement, width: number}} given
 */
export async function counted(context, { across, up, shade, rings, width }) {
  const { host, words, store } = context;
  const { number, count } = figures(words, context.manifest);
  const height = Math.round(Math.min(380, Math.max(220, width * 0.62)));
  const [RIGHT, TITLE, BOTTOM] = [8, 24, 42];
  const rules = shownRules(context);
  const names = { x: across.field, y: up.field, rules };
  // How much room the labels need follows from the range, which is the same for any width.
  const w = Math.max(80, Math.floor(width - 64 - RIGHT));
  const [columns, lines] = [w, height].map((size) => Math.ceil(size / CELL));
  const found = await host.call("density", { ...names, color: shade.field || null, width: columns, height: lines });
  const y = (up.date ? calendar : linear)(found.y[0], found.y[1], height, 0);
  const writeUp = tickWriter(up.date, y, height / 45, number);
  const left = Math.max(width - w - RIGHT, 12 + Math.ceil(tickWidth(y, writeUp)));
  const plot = Math.min(w, width - left - RIGHT);
  const x = (across.date ? calendar : linear)(found.x[0], found.x[1], 0, plot);
  const colored = shade.date ?? number;
  const [counts, shades] = await Promise.all([found.counts, found.shades].map(async (chunk) => (await decodeNumbers(chunk)).numbers));
  const total = TITLE + height + BOTTOM;
  const grid = place(svg("svg", { class: "grid-layer", "aria-hidden": "true", width, height: total }), { left: 0, top: 0, width, height: total });
  grid.append(svg("text", { x: 0, y: 13, class: "axis-title" }, fitted(`↑ ${up.label}`, width)),
    svg("g", { transform: `translate(${left} ${TITLE})` },
      leftAxis(y, { x: -8, left: 0, right: plot, write: writeUp }),
      bottomAxis(x, { top: 0, y: height, width: plot, title: across.label, zero: false, write: tickWriter(across.date, x, plot / 62, number) })));
  const box = { left, top: TITLE, width: plot, height };
  const canvas = place(el("canvas", { "aria-hidden": "true", class: "pickable" }), box);
  const { pen } = prepare(canvas, plot, height);
  paintDots(canvas, pen, { counts, shades, width: columns, height: lines }, rampTable(context.theme()));
  const marks = place(svg("svg", { class: "marks", "aria-hidden": "true", width: plot, height }), box);
  marks.append(rings);
  const node = place(el("div", { class: "frame dots", tabindex: 0, role: "img", "data-focus": "dots", "aria-label": words.chart(up.label, across.label, count(found.n)) }, grid, canvas, marks), { height: total });
  brush(canvas, marks, ({ left: from, right: to, top, bottom }) => {
    const wanted = [...sideRule(across.field, x, from, to), ...sideRule(up.field, y, bottom, top)];
    if (wanted.length) addCohort(context, wanted);
  });
  const unit = [(x.high - x.low) / plot, (y.high - y.low) / height];
  /** The row that a question finds; no answer is no row. @param {any} asked */
  const pick = (asked) => host.call("pick", { ...names, unit, ...asked }).catch(() => ({ row: null, at: [NaN], distance: Infinity }));
  canvas.addEventListener("click", async (event) => {
    // A click on no row at all chooses none.
    const { row, distance } = await pick({ at: [x.from(event.offsetX), y.from(event.offsetY)] });
    if (distance <= 24) store.set({ row });
  });
  corners(context, node, [across.field, up.field], async (row) => (await pick({ row })).at);
  let last = Promise.resolve();
  let waiting = 0;
  /** Go to the row beside the chosen one, in the nearest line of pixels; to the middle, if none is shown. @param {number[]} way */
  const step = async (way) => {
    const { row } = store.selection;
    const beside = row === null ? { row } : await pick({ row, way });
    const next = beside.row ?? (await pick({ at: [x.from(plot / 2), y.from(height / 2)] })).row;
    if (next !== null) store.set({ row: next });
  };
  node.addEventListener("keydown", (event) => {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    // A key that is held goes as fast as answers come.
    if (event.repeat && waiting) return;
    waiting += 1;
    last = last.then(() => step(way)).finally(() => { waiting -= 1; });
  });
  return {
    node, best: null,
    key: Number.isFinite(found.color[0]) && found.color[1] > found.color[0] ? key(`${shade.label}: ${colored(found.color[0])}`, colored(found.color[1])) : null,
    lost: found.n_missing,
    n: found.n,
    /** @param {import("../types.js").Row} row */
    ringsOf: (row) => {
      const [px, py] = [cellIn(context, across, row), cellIn(context, up, row)];
      return typeof px === "number" && typeof py === "number" ? [ringsAt([[x.at(px), y.at(py)]])] : [];
    },
  };
}
