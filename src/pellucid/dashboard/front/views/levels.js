/** The rows of each category as a strip, the highest mean first. */

import { rings as ringsAt } from "../draw/bars.js";
import { frame } from "../draw/frame.js";
import { drawStrips } from "../draw/strip.js";
import { stripOf } from "../pure/density.js";
import { elide, isolated } from "../pure/text.js";
import { extent, padded } from "../pure/ticks.js";
import { rampTable } from "../theme.js";
import { brush, sideRule } from "./brush.js";
import { addCohort } from "./members.js";
import { figures } from "./parts.js";

const MOST = 16;

/** @typedef {{name: string, codes: number[], rows: number[], mean: number}} Group */

/**
 * Rows by category: the most frequent ones, and the rarer ones together.
 *
 * @param {ArrayLike<number>} codes
 * @param {ArrayLike<number>} ys
 * @param {string[]} levels
 * @param {string} missing
 * @param {(n: number) => string} rarer
 * @returns {Group[]}
 */
export function groupsOf(codes, ys, levels, missing, rarer) {
  /** @type {number[][]} */
  const rows = Array.from({ length: levels.length + 1 }, () => []);
  for (let i = 0; i < codes.length; i++) if (Number.isFinite(ys[i])) rows[Math.min(codes[i], levels.length)].push(i);
  const found = rows.map((own, code) => ({ name: levels[code] ?? missing, codes: [code], rows: own })).filter((group) => group.rows.length);
  found.sort((a, b) => b.rows.length - a.rows.length);
  const rest = found.length > MOST ? found.splice(MOST - 1) : [];
  const groups = found.map((group) => ({ ...group, mean: meanOf(ys, group.rows) })).sort((a, b) => b.mean - a.mean);
  if (rest.length) {
    const pooled = rest.flatMap((group) => group.rows);
    groups.push({ name: rarer(rest.length), codes: rest.flatMap(({ codes }) => codes), rows: pooled, mean: meanOf(ys, pooled) });
  }
  return groups;
}

/** @param {ArrayLike<number>} ys @param {number[]} rows */
function meanOf(ys, rows) {
  return rows.reduce((sum, row) => sum + ys[row], 0) / rows.length;
}

/**
 * @param {import("../types.js").Context} context
 * @param {{across: import("./axes.js").Axis, up: import("./axes.js").Axis, xs: ArrayLike<number>, ys: ArrayLike<number>,
 *     shades: ArrayLike<number>|null, levels: string[], rings: SVGElement, width: number,
 *     hover: (row: number|null) => void}} given
 */
export function levelChart(context, { across, up, xs, ys, shades, levels, rings, width, hover }) {
  const { words, store, manifest } = context;
  const { number, count } = figures(words, manifest);
  const groups = groupsOf(xs, ys, levels, words.missing, (n) => words.rarer(count(n)));
  const [low, high] = padded(...range(up.numbers ?? ys));
  /** @param {Group[]} some @returns {import("../types.js").Rule} */
  const ruleOf = (some) => ({ field: across.field, levels: some.flatMap(({ codes }) => codes.map((code) => (across.keys ?? levels)[code] ?? null)) });
  const chart = frame(groups.map((group) => ({
    name: group.name, number: count(group.rows.length), hint: words.makeCohort, choose: () => addCohort(context, [ruleOf([group])]),
  })), {
    width, rowHeight: groups.length > 8 ? 26 : 34, low, high, title: up.label, name: words.levelsSaid, write: number,
  });
  const strips = groups.map(({ rows }, i) => ({
    strip: stripOf(rows.map((row) => ys[row]), rows.map((row) => shades?.[row] ?? NaN), 96), middle: chart.middle(i) }));
  drawStrips(chart.canvas, strips, { ...chart, height: groups.length * chart.rowHeight, reach: chart.rowHeight * 0.4, table: rampTable(context.theme()) });
  chart.marks.append(rings);
  const near = (/** @type {MouseEvent} */ event) => {
    const rows = groups[Math.floor(event.offsetY / chart.rowHeight)]?.rows ?? [];
    const wanted = chart.scale.from(event.offsetX);
    return rows.reduce((best, row) => (Math.abs(ys[row] - wanted) < Math.abs(ys[best] - wanted) ? row : best), rows[0] ?? -1);
  };
  brush(chart.canvas, chart.marks, ({ left, right, top, bottom }) => {
    const some = groups.slice(Math.floor(top / chart.rowHeight), Math.floor(bottom / chart.rowHeight) + 1);
    addCohort(context, [...(some.length < groups.length ? [ruleOf(some)] : []), ...sideRule(up.field, chart.scale, left, right)]);
  });
  chart.canvas.classList.add("pickable");
  chart.canvas.addEventListener("pointermove", (event) => hover(near(event) < 0 ? null : near(event)));
  chart.canvas.addEventListener("pointerleave", () => hover(null));
  chart.canvas.addEventListener("click", (event) => {
    const row = near(event);
    if (row >= 0) store.set({ row });
  });
  const groupOf = new Map(groups.flatMap(({ rows }, i) => rows.map((row) => [row, i])));
  return {
    node: chart.node,
    ringsOf: (/** @type {number} */ row) => {
      const i = groupOf.get(row);
      return i === undefined ? [] : [ringsAt([[chart.scale.at(ys[row]), chart.middle(i)]])];
    },
    best: groups[0]?.mean > 0 ? isolated(elide(groups[0].name, 30)) : null,
  };
}

/** @param {ArrayLike<number>} ys @returns {[number, number]} */
function range(ys) {
  const [low, high] = extent(ys);
  return Number.isFinite(low) ? [Math.min(0, low), Math.max(0, high)] : [0, 1];
}
