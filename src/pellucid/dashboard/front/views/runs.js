/** Other results that are stored beside this one: open one, or compare it. */

import { el } from "../dom.js";
import { visible } from "../pure/text.js";
import { button, figures, panel, said, tableOf } from "./parts.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View}
 */
export function runs(context) {
  const { words, manifest, store } = context;
  const { root, show } = panel("runs", words);
  const { count } = figures(words, manifest);
  const heads = [words.result, "", words.model, words.method, words.mostImportant, words.rowsHead];
  const cells = (/** @type {import("../types.js").Other} */ { name, model, method, n_rows: rows, most_important: first, page }, /** @type {number} */ i) => {
    const { others } = store.selection;
    const on = others.includes(i);
    // Only a page beside this one can be opened.
    const opens = page && /^[\w.%~-]+\.html$/u.test(page);
    return [
      opens ? el("a", { href: `./${page}`, class: "plain" }, el("bdi", {}, visible(name))) : visible(name),
      button(on ? words.leaveOut : words.compareIt, () => store.set({ others: on ? others.filter((one) => one !== i) : [...others, i], compare: "results" }),
        { "aria-pressed": String(on), "data-focus": `run${i}`, disabled: !on && others.length >= 4 }),
      ...[model ?? "—", method, first].map(visible), count(rows),
    ];
  };
  return {
    root,
    reads: ["others"],
    render: () => show(async () => [
      el("h2", {}, words.runsTitle),
      said(words.runsSaid(manifest.others.some(({ page }) => page))),
      tableOf(words, manifest, heads, manifest.others.map(cells), 5),
    ]),
  };
}
