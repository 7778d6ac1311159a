/** The text of a row: words on what they add, and sentences beside their weights. */

import { el, place } from "../dom.js";
import { descending } from "../pure/order.js";
import { elide, isolated, visible } from "../pure/text.js";
import { rowOutput } from "./axes.js";
import { figures, folded, outputName, panel, said } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {{from: number, to: number, value: number}} Mark */

const MOST = 30;

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function text(context) {
  const { words, store } = context;
  const { root, show } = panel("text", words);
  return {
    root,
    reads: ["output", "row"],
    render: () => show(() => (store.selection.row === null
      ? Promise.resolve([el("h2", {}, words.noRow), said(words.noRowSaid)]) : draw(context, store.selection.row))),
  };
}

/** The marks of a row. @param {Context} context @param {"token"|"sentence"} kind @param {number} row @returns {Promise<Mark[]>} */
async function marksOf(context, kind, row) {
  const [first, start, stop, value] = await Promise.all(["first", "start", "stop", `value/${rowOutput(context)}`].map((name) => context.host.column(`${kind}/${name}`)));
  return Array.from({ length: first[row + 1] - first[row] }, (_, i) => first[row] + i).map((i) => ({ from: start[i], to: stop[i], value: value[i] }));
}

/** @param {Context} context @param {number} row */
async function draw(context, row) {
  const { host, words, manifest } = context;
  const { signed, columnWriter } = figures(words, manifest);
  const [texts, tokens, sentences, found] = await Promise.all([
    host.texts("text"), marksOf(context, "token", row), manifest.texts === "sentences" ? marksOf(context, "sentence", row) : [],
    host.call("row", { row, output: rowOutput(context) })]);
  // Places count characters, not the units that a script counts.
  const letters = Array.from(texts[row]);
  const written = (/** @type {number} */ from, /** @type {number} */ to) => visible(letters.slice(from, to).join(""));
  const sizes = tokens.map(({ value }) => Math.abs(value));
  const most = Math.max(0, ...sizes) || 1;
  const write = columnWriter(tokens.map(({ value }) => value));
  const order = descending(sizes).filter((i) => sizes[i] > 0);
  const output = outputName(context, rowOutput(context));
  const rest = found.prediction - found.base - tokens.reduce((sum, { value }) => sum + value, 0);

  /** Words between two places, marked. @param {number} from @param {number} to */
  const marked = (from, to) => {
    /** @type {(Node|string)[]} */
    const parts = [];
    let at = from;
    for (const token of tokens) {
      if (token.from < from || token.to > to) continue;
      parts.push(written(at, token.from));
      const kind = token.value < 0 ? "lowers" : "raises";
      parts.push(token.value ? place(el("mark", { class: kind, title: signed(write(token.value)) }, el("bdi", {}, written(token.from, token.to))),
        { "--strength": `${Math.round((45 * Math.abs(token.value)) / most)}%` }) : written(token.from, token.to));
      at = token.to;
    }
    return [...parts, written(at, to)];
  };
  const heaviest = Math.max(0, ...sentences.map(({ value }) => Math.abs(value))) || 1;
  const weight = columnWriter(sentences.map(({ value }) => value));
  const block = sentences.length ? sentences.map(({ from, to, value }) => el("div", { class: "sentence" },
    el("span", { class: "number" }, signed(weight(value))),
    el("span", { class: "weight", "aria-hidden": "true" }, place(el("span", { class: value < 0 ? "lowers" : "raises" }), { width: `${(100 * Math.abs(value)) / heaviest}%` })),
    el("p", { dir: "auto" }, ...marked(from, to)))) : [el("p", { dir: "auto", class: "marked" }, ...marked(0, letters.length))];
  const first = tokens[order[0]];
  return [
    el("h2", {}, first ? words.textTitle(isolated(elide(written(first.from, first.to), 30)), first.value > 0, output) : words.textPlain),
    said(sentences.length ? `${words.textSaid} ${words.weightsSaid}` : words.textSaid),
    el("div", { class: "prose" }, ...block),
    /[1-9]/u.test(write(rest)) ? said(words.textRest(signed(write(rest)))) : null,
    folded(words, manifest, [words.word, words.contributionTo(output)],
      () => order.slice(0, MOST).map((i) => [written(tokens[i].from, tokens[i].to), tokens[i].value])),
  ];
}
