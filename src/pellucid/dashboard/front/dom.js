/** Elements. Texts only ever become text nodes, so no name can become markup. */

export const SVG = "http://www.w3.org/2000/svg";

/** Elements of the drawing before and of this one, by kind. @type {{before: Map<string, any[]>, made: Map<string, any[]>}|null} */
let drawing = null;

/**
 * Draw what changes often with the elements of the time before, of which only what differs is changed.
 *
 * @returns {<T>(draw: () => T) => T}
 */
export function redrawing() {
  /** @type {Map<string, any[]>} */
  let made = new Map();
  return (draw) => {
    drawing = { before: made, made: (made = new Map()) };
    try {
      return draw();
    } finally {
      drawing = null;
    }
  };
}

/** What people may have changed themselves is made anew. */
const OWN_STATE = ["select", "option", "input"];

/**
 * @param {string} tag
 * @param {() => any} create
 * @param {Record<string, any>} given  handlers as `onclick`, all else as attributes
 * @param {(Node|string|null|undefined)[]} children
 */
function filled(tag, create, given, children) {
  const kind = `${tag} ${given.class} ${Object.keys(given)}`;
  const drawn = OWN_STATE.includes(tag) ? null : drawing;
  const node = drawn?.before.get(kind)?.shift() ?? create();
  for (const key of Object.keys(given)) {
    const value = given[key] ?? false;
    if (value === (node.given?.[key] ?? false)) continue;
    if (key.startsWith("on")) node[key] = value || null;
    else if (value === false) node.removeAttribute(key);
    else node.setAttribute(key, value === true ? "" : value);
  }
  if (children.length) setChildren(node, children);
  if (drawn) {
    node.given = given;
    if (!drawn.made.get(kind)?.push(node)) drawn.made.set(kind, [node]);
  }
  return node;
}

/**
 * Give an element these children, and leave it as it is if it has them.
 *
 * @param {Element} node
 * @param {(Node|string|null|undefined)[]} children
 */
export function setChildren(node, children) {
  const wanted = children.filter((child) => child !== null && child !== undefined);
  const held = node.childNodes;
  const isText = (/** @type {Node|string} */ child, /** @type {Node} */ old) => typeof child === "string" && old.nodeType === 3;
  if (held.length !== wanted.length || !wanted.every((child, i) => child === held[i] || isText(child, held[i]))) {
    return node.replaceChildren(...wanted);
  }
  wanted.forEach((child, i) => {
    if (typeof child === "string" && held[i].nodeValue !== child) held[i].nodeValue = child;
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} given
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, given = {}, ...children) {
  return filled(tag, () => document.createElement(tag), given, children);
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} given
 * @param {...(Node|string|null|undefined)} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, given = {}, ...children) {
  return filled(tag, () => document.createElementNS(SVG, tag), given, children);
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

/** How a cell looks; what surely fits is not cut off, as each place that cuts is one more for the browser to keep. @param {boolean} numeric @param {string} text */
export function cellStyle(numeric, text) {
  return `${numeric ? "numeric" : ""}${text.length > 17 ? " long" : ""}`;
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
 * @returns {number}
 */
export function textWidth(text, size = 12, weight = 400) {
  // Digits neither change nor move each other, and numbers are new again and again.
  if (text.length > 1 && /^[-+\u2212.,\d]+$/u.test(text)) {
    return [...text].reduce((sum, letter) => sum + textWidth(letter, size, weight), 0);
  }
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
