/** What surrounds the steps of a row: ways to other rows, and the table of its numbers. */

import { el, setChildren } from "../dom.js";
import { rowOutput } from "./axes.js";
import { button, figures, nameOf, unfolding } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */

/** Previous, next, and a row by what it is called. @param {Context} context @returns {() => HTMLElement} of the row that is chosen then */
export function rowWalk(context) {
  const { host, manifest, store, words, announce } = context;
  const n = manifest.n_sent;
  const step = (/** @type {number} */ by) => () => {
    const { row } = store.selection;
    store.set({ row: row === null ? 0 : (row + by + n) % n });
  };
  const input = el("input", { type: "text", inputmode: "text", autocomplete: "off", "data-focus": "go" });
  const problem = el("span", { class: "problem", role: "alert" });
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const label = input.value.trim();
    const found = await host.call("row", { label, output: rowOutput(context) }).catch(() => null);
    if (found) store.set({ row: found.row });
    else problem.textContent = words.noSuchRow(label);
  };
  const pin = button("", () => {
    const { row, pins } = store.selection;
    if (row === null) return;
    const pinned = pins.includes(row);
    store.set({ pins: pinned ? pins.filter((p) => p !== row) : [...pins, row] });
    announce(pinned ? words.unpin : words.pin);
  }, { "data-focus": "pin" });
  const node = el("div", { class: "controls walk" },
    button("←", step(-1), { "data-focus": "previous", "aria-label": words.previous, title: words.previous }),
    button("→", step(1), { "data-focus": "next", "aria-label": words.next, title: words.next }),
    el("form", { class: "go", onsubmit: go }, el("label", { class: "choice" }, el("span", {}, words.goTo), input),
      el("button", { type: "submit", class: "action", "data-focus": "goButton" }, words.go)),
    pin, problem);
  // Where the selection is another, only the pin is.
  return () => {
    const { row, pins } = store.selection;
    const pinned = row !== null && pins.includes(row);
    input.value = problem.textContent = "";
    setChildren(pin.children[0], [pinned ? words.unpin : words.pin]);
    pin.hidden = row === null || (!pinned && pins.length >= 5);
    return node;
  };
}

/**
 * All numbers of a row; each `data` element carries the number as Python has it.
 *
 * @param {Context} context
 * @param {{label: string, found: import("../types.js").Row, order: number[], cells: Map<number, string>}} given
 */
export function rowTable(context, { label, found, order, cells }) {
  const { words, manifest } = context;
  const { number } = figures(words, manifest);
  const { values, errors } = found;
  const datum = (/** @type {number} */ v) => el("td", { class: "numeric" }, el("data", { value: String(v) }, number(v, 4)));
  const heads = [words.feature, words.value, words.contribution, ...(errors ? [words.stdError] : [])];
  return unfolding(words, () =>
    el("table", { class: "numbers" }, el("caption", {}, words.rankedValues(label)),
      el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i > 1 ? "numeric" : "" }, h)))),
      el("tbody", {}, ...order.map((j) => el("tr", { "data-feature": j },
        el("th", { scope: "row" }, el("bdi", {}, nameOf(context, j))), el("td", {}, el("bdi", {}, cells.get(j) ?? "—")),
        datum(values[j]), errors ? datum(errors[j]) : null)))));
}
