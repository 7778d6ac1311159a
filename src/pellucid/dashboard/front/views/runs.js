/** Other results that are stored beside this one: open one, or compare it. */

import { el } from "../dom.js";
import { visible } from "../pure/text.js";
import { figures, panel } from "./parts.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View}
 */
export function runs(context) {
  const { words, manifest, store } = context;
  const { root, show } = panel("runs", words);
  const { count } = figures(words, manifest);
  const heads = [words.result, words.model, words.method, words.rowsHead, words.mostImportant, ""];
  const line = (/** @type {import("../types.js").Other} */ { name, model, method, n_rows: rows, most_important: first, page }, /** @type {number} */ i) => {
    const { others } = store.selection;
    const on = others.includes(i);
    const text = el("bdi", {}, visible(name));
    return el("tr", {},
      // Only a page beside this one can be opened.
      el("th", { scope: "row" }, page && /^[\w.%~-]+\.html$/u.test(page) ? el("a", { href: `./${page}`, class: "plain" }, text) : text),
      ...[model ?? "—", method].map((said) => el("td", {}, visible(said))), el("td", { class: "numeric" }, count(rows)), el("td", {}, el("bdi", {}, visible(first))),
      el("td", {}, el("button", {
        type: "button", class: "action", "aria-pressed": String(on), "data-focus": `run${i}`, disabled: !on && others.length >= 4,
        onclick: () => store.set({ others: on ? others.filter((one) => one !== i) : [...others, i], compare: "results" }),
      }, on ? words.leaveOut : words.compareIt)));
  };
  return {
    root,
    reads: ["others"],
    render: () => show(async () => [
      el("h2", {}, words.runsTitle),
      el("p", { class: "said" }, words.runsSaid(manifest.others.some(({ page }) => page))),
      el("div", { class: "wide" }, el("table", {},
        el("thead", {}, el("tr", {}, ...heads.map((head, i) => el("th", { scope: "col", class: i === 3 ? "numeric" : "" }, head)))),
        el("tbody", {}, ...manifest.others.map(line)))),
    ]),
  };
}
