/** What is to be seen of a panel's charts, as plain shapes: outlines, texts and pixels. */

/**
 * @typedef {{kind: "outline", d: string, x: number, y: number, fill: string, stroke: string, width: number, opacity: number}} Outline
 * @typedef {{kind: "text", text: string, x: number, y: number, anchor: string, font: string, fill: string, halo: string}} Words
 * @typedef {{kind: "pixels", canvas: HTMLCanvasElement, x: number, y: number, w: number, h: number}} Pixels
 * @typedef {Outline|Words|Pixels} Shape
 * @typedef {{width: number, height: number, paper: string, shapes: Shape[]}} Picture
 */

const MARGIN = 16;
const GAP = 10;

/**
 * @param {HTMLElement} panel
 * @param {import("../theme.js").Theme} theme
 * @returns {Picture}
 */
export function pictureOf(panel, theme) {
  const home = panel.getBoundingClientRect();
  /** @type {Shape[]} */
  const shapes = [];
  let [bottom, moved] = [home.top, 0];
  // What lies between the parts shown, such as controls, leaves no hole.
  for (const part of panel.querySelectorAll("h2, .said, .key, .frame, figcaption")) {
    const box = part.getBoundingClientRect();
    if (!box.height || part.closest("details")) continue;
    if (box.top > bottom) moved += Math.max(0, box.top - bottom - GAP);
    bottom = Math.max(bottom, box.bottom);
    collect(part, { x: MARGIN - home.left, y: MARGIN - home.top - moved }, theme, shapes);
  }
  return { width: Math.ceil(home.width) + 2 * MARGIN, height: Math.ceil(bottom - home.top - moved) + 2 * MARGIN, paper: theme.paper, shapes };
}

/** @param {Element} node @param {{x: number, y: number}} by @param {import("../theme.js").Theme} theme @param {Shape[]} shapes */
function collect(node, by, theme, shapes) {
  const style = getComputedStyle(node);
  if (style.display === "none" || style.visibility === "hidden") return;
  const box = node.getBoundingClientRect();
  const [x, y] = [box.left + by.x, box.top + by.y];
  if (node instanceof HTMLCanvasElement) {
    shapes.push({ kind: "pixels", canvas: node, x, y, w: box.width, h: box.height });
  } else if (node instanceof SVGTextElement || node instanceof SVGGeometryElement) {
    mark(node, style, by, shapes);
  } else if (node.matches(".ramp")) {
    const step = box.width / theme.ramp.length;
    theme.ramp.forEach((fill, i) => shapes.push(rectangle(x + i * step, y, step + 0.5, box.height, fill)));
  } else {
    if (!/, 0\)$|^transparent$/u.test(style.backgroundColor)) shapes.push(rectangle(x, y, box.width, box.height, style.backgroundColor));
    for (const child of node.childNodes) {
      if (child instanceof Element) collect(child, by, theme, shapes);
      else if (child.nodeType === Node.TEXT_NODE && child.textContent?.trim()) lines(/** @type {Text} */ (child), style, by, shapes);
    }
  }
}

/** @param {number} x @param {number} y @param {number} w @param {number} h @param {string} fill @returns {Outline} */
function rectangle(x, y, w, h, fill) {
  return { kind: "outline", d: `M0 0h${w}v${h}h${-w}z`, x, y, fill, stroke: "none", width: 0, opacity: 1 };
}

/** @param {SVGTextElement|SVGGeometryElement} node @param {CSSStyleDeclaration} style @param {{x: number, y: number}} by @param {Shape[]} shapes */
function mark(node, style, by, shapes) {
  const at = /** @type {DOMMatrix} */ (node.getScreenCTM());
  const [x, y] = [at.e + by.x, at.f + by.y];
  const number = (/** @type {string} */ name) => Number(node.getAttribute(name) ?? 0);
  const halo = style.paintOrder.startsWith("stroke") ? style.stroke : "none";
  if (node instanceof SVGTextElement) {
    shapes.push({ kind: "text", text: node.textContent ?? "", x: x + number("x"), y: y + number("y"), anchor: style.textAnchor, font: fontOf(style), fill: style.fill, halo });
    return;
  }
  let opacity = Number(style.opacity) * Number(style.fillOpacity);
  for (let above = node.parentElement; above instanceof SVGGraphicsElement; above = above.parentElement) opacity *= Number(getComputedStyle(above).opacity);
  const outlines = {
    line: () => `M${number("x1")} ${number("y1")}L${number("x2")} ${number("y2")}`,
    rect: () => `M${number("x")} ${number("y")}h${number("width")}v${number("height")}h${-number("width")}z`,
    circle: () => `M${number("cx") - number("r")} ${number("cy")}a${number("r")} ${number("r")} 0 1 0 ${2 * number("r")} 0a${number("r")} ${number("r")} 0 1 0 ${-2 * number("r")} 0z`,
    polyline: () => `M${node.getAttribute("points")}`,
    polygon: () => `M${node.getAttribute("points")}z`,
    path: () => node.getAttribute("d") ?? "",
  };
  const d = outlines[/** @type {keyof typeof outlines} */ (node.tagName)]?.();
  if (d) shapes.push({ kind: "outline", d, x, y, fill: style.fill, stroke: style.stroke, width: parseFloat(style.strokeWidth) || 1, opacity });
}

/** A text of the page, line by line as it is broken. @param {Text} node @param {CSSStyleDeclaration} style @param {{x: number, y: number}} by @param {Shape[]} shapes */
function lines(node, style, by, shapes) {
  const range = document.createRange();
  /** @type {{text: string, box: DOMRect}[]} */
  const found = [];
  for (const { index, 0: word } of node.data.matchAll(/\S+\s*/gu)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const box = range.getClientRects()[0];
    if (!box) continue;
    const last = found[found.length - 1];
    if (last && Math.abs(last.box.top - box.top) < 2) last.text += word;
    else found.push({ text: word, box });
  }
  // The baseline of a font lies about a quarter of its size below the middle of its line.
  const drop = parseFloat(style.fontSize) * 0.35;
  for (const { text, box } of found) {
    shapes.push({ kind: "text", text: text.trim(), x: box.left + by.x, y: box.top + by.y + box.height / 2 + drop, anchor: "start", font: fontOf(style), fill: style.color, halo: "none" });
  }
}

/** @param {CSSStyleDeclaration} style */
function fontOf(style) {
  return `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
}
