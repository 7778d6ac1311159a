/** Words about what a model answers in English; `live-words-es.js` has the same in Spanish. */

export const liveWords = {
  whatIfTitle: "What if a row were different?",
  whatIfRow: (/** @type {string} */ row) => `What if row ${row} were different?`,
  whatIfNow: /** @type {(row: string, what: string, now: string, was: string) => string} */ (
    (row, what, now, was) => `Row ${row}, changed: the ${what} is ${now} instead of ${was}`),
  whatIfSaid: "Move a value, and the model is asked again. A small mark shows where it was; sliders reach as far as nearly all rows do.",
  whatIfGiven: "Values are those that the model takes; what is explained are the engineered columns made of them.",
  resetAll: "Reset all",
  resetOne: (/** @type {string} */ name) => `Reset ${name}`,
  explainAgain: "Explain again",
  wasValue: (/** @type {string} */ value) => `was ${value}`,
  beyond: (/** @type {string} */ low, /** @type {string} */ high) => `beyond all rows, which go from ${low} to ${high}`,
  noNumber: "This is no number.",
  fixedInputs: (/** @type {string} */ n) => `${n} more inputs have too many different values to choose from, and stay as they are.`,
  inSpace: /** @type {(what: string, now: string, was: string) => string} */ (
    (what, now, was) => `The explanation is of the ${what}: ${now}, was ${was}.`),
  explainedTitle: (/** @type {string} */ feature) => `What ${feature} adds has changed most`,
  explainedSame: "The changed row is explained like the row itself",
  explainedSaid: /** @type {(base: string, end: string, method: string, n: string) => string} */ (
    (base, end, method, n) => `From ${base} to ${end}, by ${method}${n === "0" ? "" : ` with ${n} reference rows`}; rings are the row as it was, explained alike.`),
  before: "before",
  now: "now",
  curveTitle: (/** @type {string} */ output, /** @type {string} */ name) => `The ${output} over ${name}`,
  whatIfSame: /** @type {(row: string, what: string, value: string) => string} */ (
    (row, what, value) => `Row ${row}, changed: the ${what} stays at ${value}`),
  showDependence: "Show partial dependence",
  hideDependence: "Hide partial dependence",
  asking: "The model is asked…",
  dependenceTitle: (/** @type {string} */ output, /** @type {string} */ name) => `The ${output} over ${name}, all else as it is`,
  dependenceSaid: (/** @type {string} */ n) => `Mean over ${n} rows with its standard error; thin lines are single rows.`,
  ownCurve: "The dashed line is the chosen row.",
  dependenceGiven: /** @type {(feature: string, name: string) => string} */ ((feature, name) => `The model takes ${name}, of which it makes ${feature}.`),
  countedSaid: (/** @type {string} */ n) => `All ${n} rows, counted in each pixel; darker means more. Choose a place to explain the row nearest to it.`,
  roundedSaid: "Dots are placed to within 1/65,534 of each axis; numbers that are written are exact.",
  pagedSaid: "Choose a row to explain it; choose a head to sort all rows by it.",
  pageBefore: "Page before",
  pageAfter: "Next page",
  linesShown: /** @type {(first: string, last: string, all: string) => string} */ ((first, last, all) => `${first} to ${last} of ${all}`),
  stop: "Stop",
  csvMost: (/** @type {string} */ n) => `A file holds the first ${n} rows; filter, or choose a cohort, for others.`,
  noModel: "No model is connected, so nothing can be predicted here. With one, this page asks what would be if.",
  otherModel: /** @type {(now: string, then: string) => string} */ (
    (now, then) => `The model connected predicts ${now} for this row, and the explanation says ${then}: it explains another model, or other rows.`),
  noServer: "the program that serves this page no longer answers. What was drawn before is still here.",
};
