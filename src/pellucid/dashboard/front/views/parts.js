/** What views have in common: panels, names and numbers. */

import { download, el, setChildren } from "../dom.js";
import { pngFile, svgFile } from "../draw/picture.js";
import { pictureOf } from "../draw/shapes.js";
import { elide, isolated, numberWriter, visible } from "../pure/text.js";
import { themeOf } from "../theme.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Manifest} Manifest */
/** @typedef {import("../words-en.js").Words} Words */

/** @type {Map<string, ReturnType<typeof numberWriter>>} */
const writers = new Map();

/** @param {Words} _ @param {Manifest} manifest */
export function figures(_, manifest) {
  const found = writers.get(manifest.language) ?? numberWriter(manifest.language);
  writers.set(manifest.language, found);
  return found;
}

/**
 * What a feature is called; a numeral, which would be read as a number, is introduced.
 *
 * @param {{manifest: Manifest, words: Words}} context
 * @param {number} j
 */
export function nameOf({ manifest, words }, j, most = 40) {
  const name = isolated(elide(manifest.features[j].name, most)) || "“”";
  return NUMERAL.test(name) ? words.featureNamed(name) : name;
}

const NUMERAL = /^[-+]?[\d.]+$/u;

/** A class, or the number of an output. @param {{manifest: Manifest, words: Words}} context @param {number} k */
export function className({ manifest, words }, k, most = 40) {
  const name = manifest.classes?.[k];
  return name === undefined ? words.outputNumber(k) : isolated(elide(name, most));
}

/** What is explained, within a sentence. @param {{manifest: Manifest, words: Words}} context @param {number} k */
export function outputName(context, k, most = 30) {
  const { manifest, words } = context;
  if (manifest.metric !== null) return visible(manifest.metric);
  if (k < 0) return words.ofAll(manifest.output_space);
  const several = manifest.classes !== null || manifest.n_outputs > 1;
  if (!several) return words.noun(manifest.output_space, null);
  const name = className(context, k, most);
  return words.noun(manifest.output_space, NUMERAL.test(name) ? words.classNamed(name) : name);
}

/**
 * A sentence below a title, if there is one.
 *
 * @template {string|null|undefined|false} T
 * @param {T} text
 * @returns {T extends string ? HTMLElement : HTMLElement|null}
 */
export function said(text) {
  return /** @type {any} */ (text ? el("p", { class: "said" }, text) : null);
}

/** @param {string} text @param {(() => void)|null} onclick @param {Record<string, any>} given  `class` "plain" looks like a word */
export function button(text, onclick, given = {}) {
  return el("button", { type: "button", class: "action", onclick, ...given }, el("bdi", {}, text));
}

/**
 * A table whose first column names its rows; numbers carry themselves in full.
 *
 * @param {Words} words @param {Manifest} manifest @param {string[]} heads @param {(Node|string|number)[][]} rows
 * @param {number} texts  how many columns, from the first, are no numbers
 */
export function tableOf(words, manifest, heads, rows, texts = 1, caption = "") {
  const { number } = figures(words, manifest);
  const side = (/** @type {number} */ i) => (i < texts ? "" : "numeric");
  const content = (/** @type {Node|string|number} */ cell) =>
    typeof cell === "number" ? el("data", { value: String(cell) }, number(cell, 4)) : typeof cell === "string" ? el("bdi", {}, cell) : cell;
  // What is scrolled sideways must be reached by the keyboard, if nothing in it is.
  const held = rows.some((cells) => cells.some((cell) => cell instanceof Node));
  const wide = held ? {} : { tabindex: 0, role: "group", "aria-label": caption || heads.join(", ") };
  return el("div", { class: "wide", ...wide }, el("table", {}, caption ? el("caption", {}, caption) : null,
    el("thead", {}, el("tr", {}, ...heads.map((head, i) => el("th", { scope: "col", class: side(i) }, el("bdi", {}, head))))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell, i) =>
      (i ? el("td", { class: side(i) }, content(cell)) : el("th", { scope: "row" }, content(cell)))))))));
}

/** A table below a chart, which is made when it is unfolded. @param {Words} words @param {() => Node} make */
export function unfolding(words, make) {
  const fill = () => { if (node.open) setChildren(body, [make()]); };
  const body = el("div");
  const node = el("details", { class: "table", ontoggle: fill }, el("summary", {}, words.asTable), body);
  fill();
  return node;
}

/** The same of what `tableOf` takes. @param {Words} words @param {Manifest} manifest @param {string[]} heads @param {() => (Node|string|number)[][]} rows */
export function folded(words, manifest, heads, rows, caption = "") {
  return unfolding(words, () => tableOf(words, manifest, heads, rows(), 1, caption));
}

/** Which colors low and high values have. @param {string} low @param {string} high */
export function key(low, high, gray = "") {
  return el("p", { class: "key" }, low, el("span", { class: "ramp", "aria-hidden": "true" }), high,
    gray ? el("span", { class: "swatch", "aria-hidden": "true" }) : null, gray);
}

/**
 * A panel that is drawn anew as a whole. An answer that comes after a newer question is dropped, the
 * element in focus keeps it, and an error is shown in its place.
 *
 * @param {string} id
 * @param {Words} words
 */
export function panel(id, words) {
  const root = el("section", { class: `panel ${id}`, "data-view": id }, el("p", { class: "empty loading" }, words.loading));
  let latest = 0;
  /** @type {HTMLElement|null} */
  let keeper = null;
  /** @param {(current: () => boolean) => Promise<(Node|null)[]|null>} draw */
  const show = async (draw) => {
    const mine = ++latest;
    const current = () => mine === latest;
    root.setAttribute("aria-busy", "true");
    try {
      const drawn = await draw(current);
      if (!drawn || !current()) return;
      const place = focusPlace(root);
      const open = [...root.querySelectorAll("details")].map((node) => node.open);
      const framed = drawn.some((node) => node instanceof Element && (node.matches(".frame") || node.querySelector(".frame")));
      setChildren(root, [framed ? (keeper ??= keep(root, id, words)) : null, ...drawn]);
      root.querySelectorAll("details").forEach((node, i) => {
        if (!open[i] || node.open) return;
        node.open = true;
        node.ontoggle?.(new ToggleEvent("toggle"));
      });
      nameBy(root, id);
      place();
    } catch (error) {
      if (!current()) return;
      const why = error instanceof Error ? error.message : String(error);
      root.replaceChildren(el("div", { class: "failed", role: "alert" }, el("p", {}, words.failed(visible(why))),
        button(words.tryAgain, () => show(draw))));
    } finally {
      if (current()) root.removeAttribute("aria-busy");
    }
  };
  return { root, show };
}

/** Buttons that keep a panel's charts as a picture. @param {HTMLElement} root @param {string} id @param {Words} words */
function keep(root, id, words) {
  const keeper = (/** @type {string} */ form, /** @type {() => Promise<Blob|null>|Blob} */ make) => button(form, async () => {
    const made = await make();
    if (made) download(`${id}.${form.toLowerCase()}`, made);
  }, { title: words.saveAs(form), "aria-label": words.saveAs(form), "data-focus": form });
  const picture = () => pictureOf(root, themeOf(/** @type {ShadowRoot} */ (root.getRootNode()).host));
  return el("div", { class: "keep" },
    keeper("SVG", () => svgFile(picture(), root.querySelector("h2")?.textContent ?? "")), keeper("PNG", () => pngFile(picture())));
}

/** @param {HTMLElement} root @param {string} id */
function nameBy(root, id) {
  const heading = root.querySelector("h2");
  if (!heading) return;
  if (!heading.id) heading.id = `${id}-title`;
  root.setAttribute("aria-labelledby", heading.id);
}

const FOCUSABLE = "button, select, input, summary, [tabindex]";

/** Remember which control has the focus, by its place among all, and give it back. @param {HTMLElement} root */
function focusPlace(root) {
  const scope = /** @type {Document|ShadowRoot} */ (root.getRootNode());
  const before = scope.activeElement;
  if (!before || !root.contains(before)) return () => {};
  const marked = before.getAttribute("data-focus");
  const at = [...root.querySelectorAll(FOCUSABLE)].indexOf(before);
  return () => {
    const same = marked ? root.querySelector(`[data-focus="${marked}"]`) : root.querySelectorAll(FOCUSABLE)[at];
    if (same instanceof HTMLElement || same instanceof SVGElement) same.focus({ preventScroll: true });
  };
}
