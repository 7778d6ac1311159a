/** Dates as numbers: microseconds since 1970, in the time that the data have. */

import { linear } from "./ticks.js";

const MINUTE = 60e6;
const DAY = 1440 * MINUTE;
const STEPS = [1e6, 1e7, 3e7, ...[1, 5, 15, 30, 60, 180, 360, 720].map((n) => n * MINUTE), ...[1, 2, 7, 14].map((n) => n * DAY)];
const MONTHS = [1, 3, 6, ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((n) => 12 * n)];

/**
 * A scale whose ticks are round in the calendar.
 *
 * @type {typeof linear}
 */
export function calendar(low, high, start, end) {
  const scale = high > low ? linear(low, high, start, end) : linear(low - DAY, low + DAY, start, end);
  return { ...scale, ticks: (most) => dateTicks(scale.low, scale.high, Math.max(2, 0.75 * most)) };
}

/**
 * Moments that are round in the calendar, not more than wanted.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function dateTicks(low, high, most) {
  for (const step of STEPS) {
    const first = Math.ceil(low / step);
    const n = Math.floor(high / step) - first + 1;
    if (n <= most) return Array.from({ length: Math.max(0, n) }, (_, i) => (first + i) * step);
  }
  for (const step of MONTHS) {
    const found = [];
    for (let month = Math.floor(monthOf(low) / step) * step; moment(month) <= high && found.length <= most; month += step) {
      if (moment(month) >= low) found.push(moment(month));
    }
    if (found.length <= most) return found;
  }
  return [];
}

/** Months since the year 0. @param {number} value */
function monthOf(value) {
  const date = new Date(value / 1000);
  return 12 * date.getUTCFullYear() + date.getUTCMonth();
}

/** When a month begins. @param {number} month */
function moment(month) {
  return new Date(0).setUTCFullYear(Math.floor(month / 12), month - 12 * Math.floor(month / 12), 1) * 1000;
}

/**
 * Write moments, leaving out what is the same in all of them: midnight, and of ticks the first of a month
 * or a year.
 *
 * @param {ArrayLike<number>} values
 * @returns {(value: number) => string}
 */
export function dateWriter(values, ofTicks = false) {
  const all = (/** @type {(v: number) => boolean} */ holds) => Array.prototype.every.call(values, (v) => Number.isNaN(v) || holds(v));
  const length = ofTicks && all((v) => v === moment(monthOf(v))) ? (all((v) => monthOf(v) % 12 === 0) ? -20 : -17)
    : all((v) => v % DAY === 0) ? -14 : all((v) => v % MINUTE === 0) ? -8 : all((v) => v % 1e6 === 0) ? -5 : -1;
  return (value) => {
    const date = new Date(value / 1000);
    return Number.isNaN(date.getTime()) ? "—" : date.toISOString().slice(0, length).replace("T", " ");
  };
}

/** How an axis writes its ticks. @param {unknown} isDate @param {import("./ticks.js").Scale} scale @param {number} most @param {(value: number) => string} number */
export function tickWriter(isDate, scale, most, number) {
  return isDate ? dateWriter(scale.ticks(most), true) : number;
}

/** @type {WeakMap<ArrayLike<number>, (value: number) => string>} */
const writers = new WeakMap();

/** How the moments of a column are written, which all of them decide. @param {ArrayLike<number>} column */
export function writerOf(column) {
  const found = writers.get(column) ?? dateWriter(column);
  writers.set(column, found);
  return found;
}
