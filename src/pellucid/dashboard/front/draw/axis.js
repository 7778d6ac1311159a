/** Axes with ticks whose labels never touch. */

import { svg, textWidth } from "../dom.js";

/** @typedef {import("../pure/ticks.js").Scale} Scale */

/**
 * An axis below a plot: gridlines from `top` down to `y`, labels below it, and a title.
 *
 * @param {Scale} scale
 * @param {{top: number, y: number, width: number, title?: string, zero?: boolean,
 *     write: (value: number) => string}} given
 */
export function bottomAxis(scale, { top, y, width, title = "", zero = true, write }) {
  const parts = [];
  let free = -Infinity;
  for (const tick of scale.ticks(Math.max(3, Math.floor(width / 62)))) {
    const x = Math.round(scale.at(tick)) + 0.5;
    if (x < -0.5 || x > width + 0.5) continue;
    parts.push(svg("line", { x1: x, x2: x, y1: top, y2: y, class: tick === 0 && zero ? "zero" : "grid" }));
    const text = write(tick);
    const half = textWidth(text) / 2;
    const middle = Math.min(Math.max(x, half), width - half);
    if (middle - half < free) continue;
    parts.push(svg("text", { x: middle, y: y + 15, class: "tick", "text-anchor": "middle" }, text));
    free = middle + half + 8;
  }
  if (title) parts.push(svg("text", { x: width / 2, y: y + 33, class: "axis-title", "text-anchor": "middle" }, fitted(title, width)));
  return svg("g", { class: "axis" }, ...parts);
}

/**
 * An axis at the left of a plot; labels end at `x`.
 *
 * @param {Scale} scale
 * @param {{x: number, left: number, right: number, zero?: boolean, write: (value: number) => string}} given
 */
export function leftAxis(scale, { x, left, right, zero = true, write }) {
  const group = svg("g", { class: "axis" });
  for (const tick of upTicks(scale)) {
    const y = Math.round(scale.at(tick)) + 0.5;
    group.append(
      svg("line", { x1: left, x2: right, y1: y, y2: y, class: tick === 0 && zero ? "zero" : "grid" }),
      svg("text", { x, y: y + 4, class: "tick", "text-anchor": "end" }, write(tick)),
    );
  }
  return group;
}

/** @param {Scale} scale */
function upTicks(scale) {
  const height = Math.abs(scale.at(scale.high) - scale.at(scale.low));
  return scale.ticks(Math.max(3, Math.floor(height / 45)));
}

/**
 * Room that the labels of an axis at the left need.
 *
 * @param {Scale} scale
 * @param {(value: number) => string} write
 */
export function tickWidth(scale, write) {
  return Math.max(0, ...upTicks(scale).map((tick) => textWidth(write(tick))));
}

/**
 * A text shortened in the middle until it fits.
 *
 * @param {string} text
 * @param {number} width
 * @param {number} size
 * @param {number} weight
 */
export function fitted(text, width, size = 12, weight = 400) {
  if (textWidth(text, size, weight) <= width) return text;
  const letters = Array.from(text);
  let [least, most] = [0, letters.length];
  const cut = (/** @type {number} */ n) =>
    `${letters.slice(0, Math.ceil(n / 2)).join("")}…${n > 1 ? letters.slice(-Math.floor(n / 2)).join("") : ""}`;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (textWidth(cut(middle), size, weight) <= width) least = middle;
    else most = middle - 1;
  }
  return cut(least);
}
