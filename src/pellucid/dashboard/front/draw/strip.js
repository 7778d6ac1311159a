/** A strip: how many rows lie where, as thickness, and their mean value, as color. */

import { rampStep } from "../theme.js";
import { stripProfile } from "../pure/density.js";

/**
 * Get a canvas ready for pictures in pixels of the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function prepare(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  return { pen, ratio };
}

/**
 * Draw strips, pixel by pixel: thousands of shapes would take a canvas ten times as long.
 *
 * @param {HTMLCanvasElement} canvas  with nothing else on it
 * @param {{strip: import("../types.js").Strip, middle: number}[]} strips
 * @param {{scale: import("../pure/ticks.js").Scale, width: number, height: number, reach: number, table: number[][]}} given
 *     `reach` is the half of the largest thickness
 */
export function drawStrips(canvas, strips, { scale, width, height, reach, table }) {
  const { pen, ratio } = prepare(canvas, width, height);
  const image = pen.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (const { strip, middle } of strips) drawStrip(pixels, strip, { scale, width, middle, reach, ratio, table });
  pen.putImageData(image, 0, 0);
}

/**
 * @param {Uint32Array} image
 * @param {import("../types.js").Strip} strip
 * @param {{scale: import("../pure/ticks.js").Scale, width: number, middle: number, reach: number,
 *     ratio: number, table: number[][]}} given
 */
function drawStrip(image, strip, { scale, width, middle, reach, ratio, table }) {
  const pixels = Math.max(1, Math.round(width * ratio));
  const fine = { ...scale, at: (/** @type {number} */ v) => scale.at(v) * ratio };
  const { rows, shades } = beaded(stripProfile(strip, fine, pixels), beadSize(strip, fine, ratio));
  const most = rows.reduce((found, count) => Math.max(found, count), FEW);
  for (let p = 0; p < pixels; p++) {
    if (!(rows[p] > 0.02)) continue;
    // The root keeps tails of few rows visible beside bulges of many.
    const half = Math.max(0.75 * ratio, reach * ratio * Math.sqrt(rows[p] / most));
    const [red, green, blue] = table[rampStep(shades[p])];
    const color = red | (green << 8) | (blue << 16);
    const [top, bottom] = [Math.max(0, middle * ratio - half), Math.min(image.length / pixels, middle * ratio + half)];
    // Pixels at the ends are covered in part.
    for (let y = Math.floor(top); y < bottom; y++) {
      const cover = Math.min(bottom, y + 1) - Math.max(top, y);
      image[y * pixels + p] = color | (Math.round(255 * cover) << 24);
    }
  }
}

/** So many rows in one place are as thick as can be; a single row stays a bead. */
const FEW = 8;

/**
 * How far a row reaches to both sides: further where rows are few, and over the width of a bin.
 *
 * @param {import("../types.js").Strip} strip
 * @param {import("../pure/ticks.js").Scale} scale
 * @param {number} ratio
 */
function beadSize(strip, scale, ratio) {
  let total = 0;
  for (let b = 0; b < strip.counts.length; b++) total += strip.counts[b];
  const bin = Math.abs(scale.at(strip.high) - scale.at(strip.low)) / Math.max(1, strip.counts.length);
  return Math.round(Math.min(8, Math.max(bin / ratio, 40 / Math.sqrt(total + 1))) * ratio);
}

/**
 * Draw each row as a bead instead of a hairline.
 *
 * @param {{rows: Float64Array, shades: Float64Array}} profile
 * @param {number} size  in pixels
 */
function beaded({ rows, shades }, size) {
  if (size < 1) return { rows, shades };
  const n = rows.length;
  const wide = new Float64Array(n);
  const shaded = new Float64Array(n);
  const known = new Float64Array(n);
  for (let p = 0; p < n; p++) {
    if (!rows[p]) continue;
    for (let q = Math.max(0, p - size); q <= Math.min(n - 1, p + size); q++) {
      const weight = rows[p] * (1 - Math.abs(p - q) / (size + 1));
      wide[q] += weight;
      if (!(shades[p] >= 0)) continue;
      known[q] += weight;
      shaded[q] += weight * shades[p];
    }
  }
  return { rows: wide, shades: shaded.map((sum, q) => (known[q] > 0 ? sum / known[q] : NaN)) };
}
