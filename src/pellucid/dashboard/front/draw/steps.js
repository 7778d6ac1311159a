/** Steps from a base value to a prediction, each labelled beside its bar. */

import { setChildren, svg, textWidth } from "../dom.js";
import { whisker } from "./bars.js";

/** @typedef {import("./frame.js").Frame} Frame */

/**
 * @param {Frame} frame  its first row is the base value and its last one the prediction
 * @param {{value: number, error: number, text: string}[]} steps
 * @param {{base: number, baseText: string, end: number, endText: string}} ends
 */
export function drawSteps(frame, steps, { base, baseText, end, endText }) {
  const { scale, width, rowHeight, middle } = frame;
  let at = base;
  /** @type {Node[]} */
  const marks = stop(frame, 0, base, baseText, false);
  steps.forEach(({ value, error, text }, i) => {
    const y = middle(i + 1);
    const [from, to] = [scale.at(at), scale.at(at + value)];
    const [low, high] = from < to ? [from, to] : [to, from];
    marks.push(svg("line", { x1: from, x2: from, y1: middle(i), y2: y, class: "link" }));
    const kind = value < 0 ? "lowers" : "raises";
    const bar = { x: low, y: y - rowHeight * 0.29, width: Math.max(1, high - low), height: rowHeight * 0.58, rx: 1.5, class: kind };
    if (value) marks.push(svg("rect", bar));
    const spread = error > 0 ? Math.abs(scale.at(error) - scale.at(0)) : 0;
    if (spread) marks.push(whisker(to - spread, to + spread, y));
    const right = Math.max(high, to + spread);
    const left = Math.min(low, to - spread);
    marks.push(beside(text, left, right, y, width, value < 0));
    at += value;
  });
  marks.push(svg("line", { x1: scale.at(at), x2: scale.at(at), y1: middle(steps.length), y2: middle(steps.length + 1), class: "link" }),
    ...stop(frame, steps.length + 1, end, endText, true));
  setChildren(frame.marks, marks);
}

/** @param {Frame} frame @param {number} row @param {number} value @param {string} text @param {boolean} strong */
function stop({ scale, middle, width }, row, value, text, strong) {
  const x = scale.at(value);
  return [svg("circle", { cx: x, cy: middle(row), r: 4.5, class: "stop" }), beside(text, x - 4, x + 4, middle(row), width, false, strong)];
}

/**
 * A label on the side of a mark that has room for it.
 *
 * @param {string} text
 * @param {number} left
 * @param {number} right
 * @param {number} y
 * @param {number} width
 * @param {boolean} preferLeft
 */
function beside(text, left, right, y, width, preferLeft, strong = false) {
  const room = textWidth(text, 12, strong ? 600 : 400) + 6;
  const fitsLeft = left - room >= 0;
  const fitsRight = right + room <= width;
  const goLeft = preferLeft ? fitsLeft || !fitsRight : !fitsRight && fitsLeft;
  const x = goLeft ? left - 6 : Math.min(right + 6, width - room + 6);
  return svg("text", { x, y: y + 4, class: strong ? "value strong" : "value", "text-anchor": goLeft ? "end" : "start" }, text);
}
