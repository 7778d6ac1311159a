/** A line in a square of two axes, with places on it that can be chosen. */

import { el, place, svg } from "../dom.js";
import { linear } from "../pure/ticks.js";
import { bottomAxis, fitted, leftAxis, tickWidth } from "./axis.js";

const [TOP, BOTTOM] = [20, 40];

/**
 * @param {{name: string, xs: ArrayLike<number>, ys: ArrayLike<number>, across: string, up: string, width: number,
 *     low: number, high: number, height?: number, diagonal?: boolean, write: (value: number) => string,
 *     dots?: {x: number, y: number, size: number, hint: string, choose: (() => void)|null}[]}} given  both axes
 *     go from `low` to `high`
 */
export function curveChart({ name, xs, ys, across, up, width, low, high, height = 200, diagonal = false, write, dots = [] }) {
  const y = linear(low, high, height - 2, 4);
  const left = 10 + Math.ceil(tickWidth(y, write));
  const plot = Math.max(60, Math.floor(width - left - 6));
  const x = linear(low, high, 2, plot - 4);
  const whole = { left: 0, top: 0, width, height: height + TOP + BOTTOM };
  const picture = place(svg("svg", { width, height: whole.height, role: "img", "aria-label": name }), whole);
  const inner = svg("g", { transform: `translate(${left} ${TOP})` });
  inner.append(
    leftAxis(y, { x: -6, left: 0, right: plot, zero: false, write }),
    bottomAxis(x, { top: 0, y: height, width: plot, title: across, zero: false, write }));
  if (diagonal) inner.append(svg("line", { x1: x.at(low), y1: y.at(low), x2: x.at(high), y2: y.at(high), class: "diagonal" }));
  const path = Array.from(xs, (v, i) => `${i ? "L" : "M"}${x.at(v).toFixed(1)} ${y.at(ys[i]).toFixed(1)}`).join("");
  if (path) inner.append(svg("path", { d: path, class: "curve" }));
  for (const dot of dots) {
    inner.append(svg("circle", { cx: x.at(dot.x), cy: y.at(dot.y), r: dot.size, class: dot.choose ? "dot pickable" : "dot", onclick: dot.choose },
      svg("title", {}, dot.hint)));
  }
  picture.append(svg("text", { x: 0, y: 11, class: "axis-title" }, fitted(`↑ ${up}`, width)), inner);
  return place(el("div", { class: "frame" }, picture), { width, height: whole.height });
}
