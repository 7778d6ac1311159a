/** Rows in each pixel, counted where the rows are: for more of them than a page should hold. */

import { el, place, svg } from "../dom.js";
import { bottomAxis, fitted, leftAxis, tickWidth } from "../draw/axis.js";
import { rings as ringsAt } from "../draw/bars.js";
import { paintDots } from "../draw/dots.js";
import { prepare } from "../draw/strip.js";
import { decodeNumbers } from "../pure/decode.js";
import { linear } from "../pure/ticks.js";
import { rampTable } from "../theme.js";
import { cellIn } from "./axes.js";
import { brush, sideRule } from "./brush.js";
import { addCohort, shownRules } from "./members.js";
import { figures, key } from "./parts.js";

/** @typedef {import("./axes.js").Axis} Axis */

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
  const ask = (/** @type {number} */ w) => host.call("density", {
    ...names, color: shade.field || null, width: w, height });
  // How much room the labels need follows from the range, which is the same for any width.
  const w = Math.max(80, Math.floor(width - 64 - RIGHT));
  const found = await ask(w);
  const y = linear(found.y[0], found.y[1], height, 0);
  const left = Math.max(width - w - RIGHT, 12 + Math.ceil(tickWidth(y, number)));
  const plot = Math.min(w, width - left - RIGHT);
  const x = linear(found.x[0], found.x[1], 0, plot);
  const [counts, shades] = await Promise.all([found.counts, found.shades].map(async (chunk) => (await decodeNumbers(chunk)).numbers));
  const total = TITLE + height + BOTTOM;
  const grid = place(svg("svg", { class: "grid-layer", "aria-hidden": "true", width, height: total }), { left: 0, top: 0, width, height: total });
  grid.append(svg("text", { x: 0, y: 13, class: "axis-title" }, fitted(`↑ ${up.label}`, width)),
    svg("g", { transform: `translate(${left} ${TITLE})` },
      leftAxis(y, { x: -8, left: 0, right: plot, write: number }),
      bottomAxis(x, { top: 0, y: height, width: plot, title: across.label, zero: false, write: number })));
  const box = { left, top: TITLE, width: plot, height };
  const canvas = place(el("canvas", { "aria-hidden": "true", class: "pickable" }), box);
  const { pen } = prepare(canvas, plot, height);
  paintDots(canvas, pen, { counts, shades, width: w, height }, rampTable(context.theme()));
  const marks = place(svg("svg", { class: "marks", "aria-hidden": "true", width: plot, height }), box);
  marks.append(rings);
  const node = place(el("div", { class: "frame dots", role: "img", "aria-label": words.chart(up.label, across.label, count(found.n)) }, grid, canvas, marks), { height: total });
  brush(canvas, marks, ({ left: from, right: to, top, bottom }) => {
    const wanted = [...sideRule(across.field, x, from, to), ...sideRule(up.field, y, bottom, top)];
    if (wanted.length) addCohort(context, wanted);
  });
  canvas.addEventListener("click", async (event) => {
    const unit = [(x.high - x.low) / plot, (y.high - y.low) / height];
    const at = [x.from(event.offsetX), y.from(event.offsetY)];
    // A click on no row at all chooses none.
    const { row, distance } = await host.call("pick", { ...names, at, unit }).catch(() => ({ row: null, distance: Infinity }));
    if (distance <= 24) store.set({ row });
  });
  return {
    node, best: null,
    key: Number.isFinite(found.color[0]) && found.color[1] > found.color[0] ? key(`${shade.label}: ${number(found.color[0])}`, number(found.color[1])) : null,
    lost: found.n_missing,
    n: found.n,
    /** @param {import("../types.js").Row} row */
    ringsOf: (row) => {
      const [px, py] = [cellIn(context, across, row), cellIn(context, up, row)];
      return typeof px === "number" && typeof py === "number" ? [ringsAt([[x.at(px), y.at(py)]])] : [];
    },
  };
}
