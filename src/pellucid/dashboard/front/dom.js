/** Elements. Texts only ever become text nodes, so no name can become markup. */

export const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Element} node
 * @param {Record<string, any>} given  handlers as `onclick`, all else as attributes
 * @param {(Node|string|null|undefined)[]} children
 */
function fill(node, given, children) {
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} given
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  fill(node, given, children);
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} given
 * @param {...(Node|string|null|undefined)} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, given = {}, ...children) {
  const node = /** @type {any} */ (document.createElementNS(SVG, tag));
  fill(node, given, children);
  return node;
}

/**
 * Place an element; a page whose policy forbids style attributes still allows this.
 *
 * @template {HTMLElement|SVGElement} T
 * @param {T} node
 * @param {Record<string, string|number>} style  numbers are pixels
 * @returns {T}
 */
export function place(node, style) {
  for (const [key, value] of Object.entries(style)) {
    node.style.setProperty(key, typeof value === "number" ? `${value}px` : value);
  }
  return node;
}

/**
 * A choice with its label.
 *
 * @param {string} label
 * @param {{value: string, text: string, group?: string}[]} options
 * @param {string} chosen
 * @param {(value: string) => void} onChange
 */
export function choice(label, options, chosen, onChange) {
  const select = el("select", { onchange: () => onChange(select.value) });
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  for (const { value, text, group } of options) {
    const option = el("option", { value, selected: value === chosen }, text);
    if (group === undefined) select.append(option);
    else {
      const home = groups.get(group) ?? el("optgroup", { label: group });
      if (!groups.has(group)) select.append(home);
      groups.set(group, home);
      home.append(option);
    }
  }
  return el("label", { class: "choice" }, el("span", {}, label), select);
}

/**
 * Hand a file to the reader; nothing is asked of any network.
 *
 * @param {string} name
 * @param {Blob} content
 */
export function download(name, content) {
  const address = URL.createObjectURL(content);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** @type {CanvasRenderingContext2D|null} */
let ruler = null;
/** @type {Map<string, number>} */
const known = new Map();

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/**
 * Width of a text in pixels.
 *
 * @param {string} text
 * @param {number} size  of the font, in pixels
 * @param {number} weight
 */
export function textWidth(text, size = 12, weight = 400) {
  const key = `${size} ${weight} ${text}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  ruler ??= document.createElement("canvas").getContext("2d");
  if (!ruler) return text.length * size * 0.6;
  ruler.font = `${weight} ${size}px ${FONT}`;
  const width = ruler.measureText(text).width;
  if (known.size > 20000) known.clear();
  known.set(key, width);
  return width;
}
