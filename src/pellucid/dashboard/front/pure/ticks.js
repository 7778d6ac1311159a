/** Scales and their ticks. */

/**
 * @typedef {object} Scale
 * @property {number} low
 * @property {number} high
 * @property {(value: number) => number} at  place of a value, in pixels
 * @property {(pixel: number) => number} from  value at a place
 * @property {(most: number) => number[]} ticks  round values on it
 */

/**
 * A linear scale; without any extent it puts its one value in the middle.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} start  pixel of the lowest value
 * @param {number} end  pixel of the highest value
 * @returns {Scale}
 */
export function linear(low, high, start, end) {
  if (!(high > low)) {
    const half = Math.abs(low) > 0 ? Math.abs(low) / 2 : 1;
    [low, high] = [low - half, low + half];
  }
  const slope = (end - start) / (high - low);
  return { low, high, at: (v) => start + (v - low) * slope, from: (p) => low + (p - start) / slope, ticks: (most) => ticks(low, high, most) };
}

/**
 * Places of many numbers on a scale, in pixels.
 *
 * @param {ArrayLike<number>} numbers
 * @param {Scale} scale
 * @param {(i: number) => number} missing  where those are that are no numbers
 */
export function placesOn(numbers, { low, high, at }, missing) {
  const start = at(low);
  const slope = (at(high) - start) / (high - low);
  const found = new Float32Array(numbers.length);
  for (let i = 0; i < found.length; i++) {
    const v = numbers[i];
    found[i] = v - v === 0 ? start + (v - low) * slope : missing(i);
  }
  return found;
}

/**
 * Round numbers within a range, about as many as wanted.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function ticks(low, high, most) {
  if (!(high > low) || !(most >= 1) || !Number.isFinite(high - low)) return [];
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const places = (/** @type {number} */ step) => [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  const misses = (/** @type {number} */ step) => Math.abs(places(step)[1] - places(step)[0] + 1 - most);
  const step = [10, 5, 2, 1].map((m) => m * power).reduce((best, s) => (misses(s) < misses(best) ? s : best));
  const [first, last] = places(step);
  const digits = Math.max(0, Math.min(100, -Math.floor(Math.log10(step) + 1e-9)));
  const found = [];
  for (let i = first; i <= last && found.length < 50; i++) {
    found.push(digits > 20 ? i * step : Number((i * step).toFixed(digits)) + 0);
  }
  return found;
}

/**
 * Widen a range a little, so that marks at its ends are whole.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} share
 */
export function padded(low, high, share = 0.03) {
  const more = (high - low) * share;
  return [low - more, high + more];
}

/**
 * The smallest and the largest finite number; both NaN if there are none.
 *
 * @param {ArrayLike<number>} numbers
 */
export function extent(numbers) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < numbers.length; i++) {
    const v = numbers[i];
    if (v < low && v !== -Infinity) low = v;
    if (v > high && v !== Infinity) high = v;
  }
  return low <= high ? [low, high] : [NaN, NaN];
}
