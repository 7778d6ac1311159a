/** What sets a few pinned rows apart: for each feature, what it adds to each of them. */

import { el, place, svg } from "../dom.js";
import { frame } from "../draw/frame.js";
import { descending } from "../pure/order.js";
import { elide, isolated } from "../pure/text.js";
import { padded } from "../pure/ticks.js";
import { rowOutput } from "./axes.js";
import { figures, nameOf, outputName, panel } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function compare(context) {
  const { host, words, store } = context;
  const { root, show } = panel("compare", words);
  return {
    root,
    reads: ["output", "feature", "rowTop", "pins"],
    render: async () => {
      const { pins } = store.selection;
      root.hidden = !pins.length;
      if (!pins.length) return;
      await show(async (current) => {
        const output = rowOutput(context);
        /** @type {import("../types.js").Row[]} */
        const rows = await Promise.all(pins.map((row) => host.call("row", { row, output })));
        return current() ? draw(context, rows, rows.map(({ label }) => isolated(elide(label, 30))), root.clientWidth) : null;
      });
    },
  };
}

/** @param {Context} context @param {import("../types.js").Row[]} rows @param {string[]} labels @param {number} width */
function draw(context, rows, labels, width) {
  const { words, store, manifest } = context;
  const { number, fixed, columnWriter } = figures(words, manifest);
  const apart = manifest.features.map((_, j) => {
    const own = rows.map((row) => row.values[j]);
    return Math.max(...own) - Math.min(...own);
  });
  const order = descending(apart).slice(0, Math.min(store.selection.rowTop, apart.length));
  const clear = el("button", { type: "button", class: "action", onclick: () => store.set({ pins: [] }) }, words.clear);
  const list = el("ol", { class: "pinned" }, ...rows.map((row, i) => el("li", {}, el("button", {
    type: "button", onclick: () => store.set({ row: store.selection.pins[i] }),
  }, el("b", {}, String(i + 1)), ` ${words.at(labels[i])}: ${fixed(row.prediction)}`))));
  const controls = el("div", { class: "controls" }, list, clear);
  if (rows.length < 2) return [el("h2", {}, words.compareOne), controls];
  const values = order.flatMap((j) => rows.map((row) => row.values[j]));
  const [low, high] = padded(Math.min(0, ...values), Math.max(0, ...values));
  const write = columnWriter(order.map((j) => apart[j]));
  const chart = frame(order.map((j) => ({
    name: nameOf(context, j, 200), number: write(apart[j]), current: j === store.selection.feature,
    hint: words.chooseFeature, choose: () => store.set({ feature: j }),
  })), { width, rowHeight: 36, low, high, inset: 10, title: words.contributionTo(outputName(context, rowOutput(context))), name: words.compareSaid, write: number });
  place(chart.canvas, { display: "none" });
  order.forEach((j, i) => chart.marks.append(...dumbbell(chart, rows.map((row) => row.values[j]), chart.middle(i))));
  return [
    el("h2", {}, words.compareTitle(nameOf(context, order[0]))),
    el("p", { class: "said" }, words.compareSaid),
    controls, chart.node, asTable(context, rows, labels, order),
  ];
}

/**
 * A dot for each row where its value is, and the row's number above it; numbers keep apart.
 *
 * @param {import("../draw/frame.js").Frame} chart @param {number[]} values @param {number} middle
 */
function dumbbell({ scale, width }, values, middle) {
  const y = middle + 6;
  const places = values.map((v) => scale.at(v));
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const spots = apartFrom(order.map((i) => places[i]), 11, width);
  return [
    svg("line", { x1: Math.min(...places), x2: Math.max(...places), y1: y, y2: y, class: "link" }),
    ...places.map((x) => svg("circle", { cx: x, cy: y, r: 4, class: "pin" })),
    ...order.map((i, place) => svg("text", { x: spots[place], y: y - 8, class: "value", "text-anchor": "middle" }, String(i + 1))),
  ];
}

/** Move places apart as little as needed. @param {number[]} places  in order @param {number} least @param {number} width */
function apartFrom(places, least, width) {
  const spots = [...places];
  for (let round = 0; round < 12; round++) {
    for (let i = 1; i < spots.length; i++) {
      const lacking = least - (spots[i] - spots[i - 1]);
      if (lacking <= 0.01) continue;
      spots[i - 1] -= lacking / 2;
      spots[i] += lacking / 2;
    }
    spots.forEach((x, i) => { spots[i] = Math.min(width - 5, Math.max(5, x)); });
  }
  return spots;
}

/** @param {Context} context @param {import("../types.js").Row[]} rows @param {string[]} labels @param {number[]} order */
function asTable(context, rows, labels, order) {
  const { words, manifest } = context;
  const { number } = figures(words, manifest);
  return el("details", { class: "table" }, el("summary", {}, words.asTable), el("div", { class: "wide" },
    el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, words.feature),
      ...labels.map((label, i) => el("th", { scope: "col", class: "numeric" }, `${i + 1}: ${words.at(label)}`)))),
    el("tbody", {}, ...order.map((j) => el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, nameOf(context, j))),
      ...rows.map((row) => el("td", { class: "numeric" }, el("data", { value: String(row.values[j]) }, number(row.values[j], 4))))))))));
}
