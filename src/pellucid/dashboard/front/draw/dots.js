/** Points by density: opacity says how many lie in a pixel, color what their mean value is. */

import { rampStep } from "../theme.js";
import { splat } from "../pure/density.js";
import { prepare } from "./strip.js";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} xs  in pixels of the page; NaN is left out
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number>} shades  from 0 to 1, or NaN
 * @param {{width: number, height: number, table: number[][], plain: number[]|null}} given  `plain`
 *     is the color of all points where values give none
 */
export function drawDots(canvas, xs, ys, shades, { width, height, table, plain }) {
  const { pen, ratio } = prepare(canvas, width, height);
  const [w, h] = [canvas.width, canvas.height];
  const radius = (xs.length < 600 ? 3.2 : xs.length < 6000 ? 2.3 : xs.length < 60000 ? 1.5 : 1) * ratio;
  const strength = xs.length < 600 ? 0.75 : xs.length < 6000 ? 0.6 : 0.45;
  const found = splat(xs, ys, shades, w, h, radius, ratio);
  const image = pen.createImageData(w, h);
  const pixels = new Uint32Array(image.data.buffer);
  const opacity = Uint8Array.from({ length: 64 }, (_, n) => Math.round(255 * (1 - (1 - strength) ** n)));
  for (let i = 0; i < found.counts.length; i++) {
    const n = found.counts[i];
    if (!n) continue;
    const color = plain ?? table[found.known[i] ? rampStep(found.shades[i] / found.known[i]) : 255];
    // Red is in the lowest byte, as images have it on all machines of today.
    pixels[i] = color[0] | (color[1] << 8) | (color[2] << 16) | (opacity[Math.min(n, 63)] << 24);
  }
  pen.putImageData(image, 0, 0);
}

/**
 * Paint dots that were counted elsewhere, row by row of a picture.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2D} pen
 * @param {{counts: ArrayLike<number>, shades: ArrayLike<number>, width: number, height: number}} found
 * @param {number[][]} table
 */
export function paintDots(canvas, pen, { counts, shades, width, height }, table) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  let most = 1;
  for (let i = 0; i < counts.length; i++) most = Math.max(most, counts[i]);
  for (let i = 0; i < counts.length; i++) {
    if (!counts[i]) continue;
    const color = table[shades[i]];
    // One row is to be seen as well, among millions.
    const opacity = Math.round(255 * (0.35 + 0.65 * (Math.log1p(counts[i]) / Math.log1p(most))));
    pixels[i] = color[0] | (color[1] << 8) | (color[2] << 16) | (opacity << 24);
  }
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [width, height];
  sheet.getContext("2d")?.putImageData(image, 0, 0);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(sheet, 0, 0, canvas.width, canvas.height);
}
