/** The predictions of all classes for one row; choosing one shows what it rests on. */

import { el, place } from "../dom.js";
import { descending } from "../pure/order.js";
import { rowOutput } from "./axes.js";
import { className, figures } from "./parts.js";

const MOST = 6;

/**
 * @param {import("../types.js").Context} context
 * @param {number[]} predictions
 */
export function classStrip(context, predictions) {
  const { manifest, words, store } = context;
  if (manifest.n_outputs < 2) return null;
  const { columnWriter } = figures(words, manifest);
  const chosen = rowOutput(context);
  const order = descending(predictions).slice(0, MOST);
  if (!order.includes(chosen)) order[order.length - 1] = chosen;
  const write = columnWriter(predictions);
  const low = Math.min(0, ...predictions);
  const spread = Math.max(0, ...predictions) - low || 1;
  return el("ul", { class: "classes", "aria-label": words.classes }, ...order.map((k) => el("li", {},
    el("button", {
      type: "button", "aria-pressed": String(k === chosen), "data-focus": `class${k}`, onclick: () => store.set({ output: k }),
    }, el("bdi", { class: "class-name" }, className(context, k, 24)), el("span", { class: "number" }, write(predictions[k])),
    place(el("span", { class: "gauge", "aria-hidden": "true" }), { width: `${(100 * (predictions[k] - low)) / spread}%` })))));
}
