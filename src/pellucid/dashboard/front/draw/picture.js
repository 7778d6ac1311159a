/** Pictures to keep: shapes as an SVG file, or painted as a PNG file. */

import { SVG } from "../dom.js";

/** @typedef {import("./shapes.js").Picture} Picture */

/** What no XML file may hold. */
const UNSPEAKABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * @param {Picture} picture
 * @param {string} title
 */
export function svgFile({ width, height, paper, shapes }, title) {
  const clean = (/** @type {string} */ text) => text.replace(UNSPEAKABLE, "\ufffd");
  // In a document of its own, which is never shown, no image is loaded.
  const file = document.implementation.createDocument(SVG, "svg");
  const root = file.documentElement;
  /** @param {Element} node @param {Record<string, any>} given @param {string} [text] */
  const fill = (node, given, text) => {
    for (const [key, value] of Object.entries(given)) if (value !== null) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = clean(text);
  };
  /** @param {string} tag @param {Record<string, any>} given @param {string} [text] */
  const add = (tag, given, text) => {
    const node = file.createElementNS(SVG, tag);
    fill(node, given, text);
    root.append(node);
  };
  fill(root, { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  add("title", {}, title);
  add("rect", { width, height, fill: paper });
  for (const shape of shapes) {
    if (shape.kind === "pixels") {
      if (shape.w && shape.h) add("image", { x: shape.x, y: shape.y, width: shape.w, height: shape.h, href: shape.canvas.toDataURL() });
    } else if (shape.kind === "text") {
      const [, weight, size, family] = /^(\S+) (\S+) (.*)$/u.exec(shape.font) ?? [];
      add("text", {
        x: shape.x, y: shape.y, fill: shape.fill, "text-anchor": shape.anchor, "font-weight": weight, "font-size": size, "font-family": family,
        ...(shape.halo === "none" ? {} : { stroke: shape.halo, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" }),
      }, shape.text);
    } else {
      const { d, x, y, fill: inside, stroke, width: thickness, opacity } = shape;
      add("path", { d, transform: `translate(${x} ${y})`, fill: inside, stroke, "stroke-width": thickness, opacity: opacity < 1 ? opacity : null });
    }
  }
  return new Blob([new XMLSerializer().serializeToString(file)], { type: "image/svg+xml" });
}

/** Browsers refuse canvases beyond some height. */
const MOST_PIXELS = 16000;

/**
 * Painted shape by shape: a page that may load nothing cannot turn an SVG file into pixels.
 *
 * @param {Picture} picture
 * @returns {Promise<Blob|null>}
 */
export function pngFile({ width, height, paper, shapes }) {
  const ratio = Math.min(2, MOST_PIXELS / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(ratio, ratio);
  pen.fillStyle = paper;
  pen.fillRect(0, 0, width, height);
  for (const shape of shapes) paint(pen, shape);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** @param {CanvasRenderingContext2D} pen @param {import("./shapes.js").Shape} shape */
function paint(pen, shape) {
  if (shape.kind === "pixels") {
    if (shape.canvas.width && shape.canvas.height) pen.drawImage(shape.canvas, shape.x, shape.y, shape.w, shape.h);
    return;
  }
  pen.save();
  if (shape.kind === "text") {
    pen.font = shape.font;
    pen.textAlign = shape.anchor === "middle" ? "center" : shape.anchor === "end" ? "end" : "start";
    pen.direction = "ltr";
    if (shape.halo !== "none") {
      [pen.strokeStyle, pen.lineWidth, pen.lineJoin] = [shape.halo, 3, "round"];
      pen.strokeText(shape.text, shape.x, shape.y);
    }
    pen.fillStyle = shape.fill;
    pen.fillText(shape.text, shape.x, shape.y);
  } else {
    const outline = new Path2D(shape.d);
    pen.translate(shape.x, shape.y);
    pen.globalAlpha = shape.opacity;
    if (shape.fill !== "none") {
      pen.fillStyle = shape.fill;
      pen.fill(outline);
    }
    if (shape.stroke !== "none") {
      [pen.strokeStyle, pen.lineWidth] = [shape.stroke, shape.width];
      pen.stroke(outline);
    }
  }
  pen.restore();
}
