/** Bars: lying ones from zero with their errors, boxes, and standing ones that count rows. */

import { svg } from "../dom.js";

/**
 * A bar from zero to a value, and a whisker of its standard error.
 *
 * @param {import("../pure/ticks.js").Scale} scale
 * @param {{value: number, error: number, middle: number, thickness: number, kind: "flat"|"raises"|"lowers"|"whole"}} given
 */
export function lyingBar(scale, { value, error, middle, thickness, kind }) {
  const [from, to] = [scale.at(0), scale.at(value)];
  const group = svg("g", {}, svg("rect", {
    x: Math.min(from, to), y: middle - thickness / 2, class: kind, rx: 1,
    width: Math.max(Math.abs(to - from), value ? 1 : 0), height: thickness,
  }));
  if (error > 0) group.append(whisker(scale.at(value - error), scale.at(value + error), middle));
  return group;
}

/**
 * A whisker, with a halo so that it is seen on its bar too.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} middle
 */
export function whisker(from, to, middle) {
  const path = `M${from} ${middle}H${to}M${from} ${middle - 3}V${middle + 3}M${to} ${middle - 3}V${middle + 3}`;
  return svg("g", {}, svg("path", { d: path, class: "whisker-halo" }), svg("path", { d: path, class: "whisker" }));
}

/**
 * A box around the middle half of all rows, with a gap at the median, and whiskers around nine tenths.
 *
 * @param {import("../pure/ticks.js").Scale} scale
 * @param {ArrayLike<number>} quantiles  the 5th, 25th, 50th, 75th and 95th percentile
 * @param {{middle: number, thickness: number}} given
 */
export function box(scale, quantiles, { middle, thickness }) {
  const [p5, p25, p50, p75, p95] = Array.from(quantiles, scale.at);
  const top = middle - thickness / 2;
  const median = { x1: p50, x2: p50, y1: top - 2, y2: top + thickness + 2 };
  return svg("g", {}, whisker(p5, p95, middle),
    svg("rect", { x: p25, y: top, class: "flat", width: Math.max(1, p75 - p25), height: thickness }),
    svg("line", { ...median, class: "whisker-halo" }), svg("line", { ...median, class: "whisker" }));
}

/**
 * Counts of rows as bars that stand on a line, or, lying, lean on it.
 *
 * @param {ArrayLike<number>} counts
 * @param {{along: (bin: number) => number, base: number, reach: number, lying?: boolean}} given
 *     `along` is where a bin begins, and `reach` the length of the longest bar
 */
export function countBars(counts, { along, base, reach, lying = false }) {
  let most = 1;
  for (let b = 0; b < counts.length; b++) most = Math.max(most, counts[b]);
  const group = svg("g", { class: "counts" });
  for (let b = 0; b < counts.length; b++) {
    if (!counts[b]) continue;
    const length = Math.max(1, (counts[b] / most) * reach);
    const [start, end] = [along(b), along(b + 1)].sort((p, q) => p - q);
    const thickness = Math.max(0.5, end - start - 0.5);
    group.append(lying
      ? svg("rect", { x: base, y: start, width: length, height: thickness })
      : svg("rect", { x: start, y: base - length, width: thickness, height: length }));
  }
  return group;
}

/**
 * Mark where a selected row is: rings with a halo, told by shape and not by color.
 *
 * @param {number[][]} spots
 */
export function rings(spots, r = 6) {
  const d = spots.map(([x, y]) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`).join("");
  return svg("g", { class: "ring" }, svg("path", { d, class: "ring-halo" }), svg("path", { d }));
}
