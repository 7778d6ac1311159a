/** All words of the page in English; `words-es.js` has the same in Spanish. */

import { cohortWords } from "./cohort-words-en.js";
import { liveWords } from "./live-words-en.js";

/** @type {Record<string, string>} */
const NOUNS = {
  probability: "predicted probability", raw: "raw score", value: "prediction",
  "log-loss": "log-loss", "squared error": "squared error", metric: "metric",
};

export const en = {
  ...cohortWords,
  ...liveWords,
  defaultTitle: (/** @type {string} */ output) => `What the ${output} rests on`,
  noun: (/** @type {string} */ space, /** @type {string|null} */ name) =>
    name === null ? NOUNS[space] ?? space : `${NOUNS[space] ?? space} of ${name}`,
  allOutputs: "all classes, on average",
  ofAll: (/** @type {string} */ space) => `${NOUNS[space] ?? space}, over all classes`,
  outputNumber: (/** @type {number} */ k) => `output ${k}`,
  output: "Output",
  featureNamed: (/** @type {string} */ name) => `feature ${name}`,
  classNamed: (/** @type {string} */ name) => `class ${name}`,
  of: (/** @type {string} */ some, /** @type {string} */ all) => `${some} of ${all}`,
  missing: "missing",
  rowCount: /** @type {(n: number, text: string) => string} */ ((n, text) => (n === 1 ? "1 row" : `${text} rows`)),
  failed: (/** @type {string} */ why) => `This part could not be drawn: ${why}`,
  asTable: "Show as a table",
  loading: "Reading the numbers …",
  tryAgain: "Try again",
  saveAs: (/** @type {string} */ form) => `${form}: save this chart as a picture`,
  keys: "Keys",
  keysSaid: [
    ["Tab", "go through controls and charts"],
    ["↑ ↓", "in a list of features or rows, or among counted dots: the one above or below"],
    ["← →", "in a chart of dots: the row to the left or right"],
    ["Enter", "choose"],
    ["B", "in a chart of dots: mark a corner; at another row, make a cohort of what lies between"],
    ["Esc", "let go of the row"],
  ],
  dots: (/** @type {string} */ some, /** @type {string} */ all) =>
    `Dots, rows and tables: ${some} of ${all} rows. Importances and strips: all rows.`,
  noRows: "Single rows are not part of this page; it shows what was measured over all of them.",

  provenance: "How far to trust this",
  model: "Model",
  method: "Method",
  values: "Values",
  exactness: /** @type {Record<string, string>} */ ({
    exact: "exact up to rounding", estimated: "estimated, with standard errors", approximate: "approximate",
  }),
  rows: "Rows explained",
  background: "Background rows",
  gap: "Adds up to within",
  gapHint: "Largest difference between a prediction and what its explanation adds up to, as a share of the largest prediction",
  largestError: "Largest standard error",
  fidelity: "Fidelity of the surrogate (R²)",
  localR2: "Lowest R² of local models",
  sampling: "Sampling",
  warning: "Note",

  overviewTitle: (/** @type {string} */ feature, /** @type {string} */ output) => `${feature} matters most to the ${output}`,
  bothTitle: (/** @type {string} */ one, /** @type {string} */ other, /** @type {string} */ output) => `${one} and ${other} matter most to the ${output}`,
  noMean: (/** @type {string} */ output) => `No feature clearly raises or lowers the ${output} on average`,
  meanTitle: /** @type {(feature: string, output: string, up: boolean) => string} */ (
    (feature, output, up) => `On average ${feature} ${up ? "raises" : "lowers"} the ${output} most`),
  maxTitle: (/** @type {string} */ feature, /** @type {string} */ output) => `${feature} moves the ${output} of a single row furthest`,
  nothingMatters: "No feature changes the predictions",
  stripsSaid: (/** @type {string} */ rows) =>
    `Each strip is ${rows}: to the right a feature raises the prediction, to the left it lowers it; thicker means more rows.`,
  barsSaid: /** @type {Record<string, string>} */ ({
    meanAbs: "How far each feature moves the prediction, on average over all rows; whiskers are one standard error.",
    mean: "Which way each feature moves the prediction, on average over all rows; whiskers are one standard error.",
    maxAbs: "The furthest that each feature moves the prediction of any row.",
    metric: "How much worse the metric gets without the feature; whiskers are one standard error.",
  }),
  show: "Show",
  shows: /** @type {Record<string, string>} */ ({ strips: "all rows", boxes: "boxes", bars: "bars" }),
  boxesSaid: (/** @type {string} */ rows) =>
    `Each box holds the middle half of ${rows}, the line in it is the median, whiskers reach from the 5th to the 95th percentile. The chosen row is ringed, or lies where an arrow points.`,
  average: "mean",
  quantiles: ["minimum", "5 %", "25 %", "median", "75 %", "95 %", "maximum"],
  measure: "Measure",
  measures: /** @type {Record<string, string>} */ ({
    meanAbs: "mean size", mean: "mean, signed", maxAbs: "largest size", metric: "change of the metric",
  }),
  features: "Features",
  allFeatures: (/** @type {string} */ n) => `all ${n}`,
  others: (/** @type {string} */ n) => `${n} other features are not shown.`,
  low: "low value",
  high: "high value",
  noOrder: "category",
  contributionTo: (/** @type {string} */ output) => `added to the ${output}`,
  chooseFeature: "see how this feature acts",
  stdError: "Standard error",
  feature: "Feature",
  importances: "Importance of each feature",
  steps: "What each feature adds",

  featureTitle: /** @type {(feature: string, output: string, way: number) => string} */ (
    (feature, output, way) => way > 0.5 ? `The higher ${feature}, the higher the ${output}`
      : way < -0.5 ? `The higher ${feature}, the lower the ${output}`
        : `How ${feature} acts on the ${output}`),
  categoryTitle: /** @type {(feature: string, level: string, output: string) => string} */ (
    (feature, level, output) => `${feature}: ${level} raises the ${output} most`),
  axesTitle: (/** @type {string} */ y, /** @type {string} */ x) => `${y} against ${x}`,
  featureSaid: "Each dot is a row; choose one to explain it. Bars count rows.",
  levelsSaid: "Each strip is the rows of one category, the number of which stands at the right.",
  across: "Across",
  up: "Up",
  color: "Color",
  plain: "none",
  valueOf: (/** @type {string} */ f) => `value of ${f}`,
  contributionOf: (/** @type {string} */ f) => `contribution of ${f}`,
  thisFeature: "This feature",
  otherValues: "Values",
  otherContributions: "Contributions",
  value: "value",
  contribution: "contribution",
  rarer: (/** @type {string} */ n) => `${n} rarer categories`,
  withoutValue: (/** @type {string} */ n) => `Rows without a value are at the left: ${n}.`,
  chart: (/** @type {string} */ y, /** @type {string} */ x, /** @type {string} */ n) =>
    `${y} against ${x}, ${n} rows. Arrow keys go from row to row.`,
  at: (/** @type {string} */ row) => `Row ${row}`,

  rowTitle: /** @type {(row: string, output: string, prediction: string) => string} */ (
    (row, output, prediction) => `Row ${row}: the ${output} is ${prediction}`),
  rowSaid: /** @type {(base: string, end: string) => string} */ (
    (base, end) => `From the base value ${base} to ${end}: each bar is what one feature adds.`),
  noRow: "No row is chosen",
  noRowSaid: "Choose a dot, or a row of the table below, to see what its prediction is made of.",
  previous: "Previous row",
  next: "Next row",
  goTo: "Go to row",
  go: "Go",
  noSuchRow: (/** @type {string} */ row) => `There is no row ${row} here.`,
  order: "Order",
  orders: /** @type {Record<string, string>} */ ({ size: "largest first", overall: "as overall", name: "by name" }),
  base: "base value",
  thisRow: "this row",
  otherFeatures: (/** @type {string} */ n) => `${n} other features`,
  unattributed: "not attributed",
  classes: "Predictions of all classes",
  rankedValues: (/** @type {string} */ row) => `What each feature adds, row ${row}`,
  pin: "Pin to compare",
  unpin: "Unpin",
  selected: /** @type {(row: string, prediction: string) => string} */ (
    (row, prediction) => `Row ${row} chosen, prediction ${prediction}`),

  compareTitle: /** @type {(feature: string) => string} */ ((feature) => `${feature} sets the pinned rows apart most`),
  compareOne: "One row is pinned; pin another to compare them",
  compareSaid: "Each number is a pinned row; features are in the order of how far apart they put the rows.",
  clear: "Unpin all",

  dataSaid: "Choose a row to explain it; choose a head to sort by it.",
  find: "Find",
  filter: "Filter",
  noFilter: "no filter",
  bound: "Bound",
  isText: "is",
  filtered: /** @type {(some: string, all: string, rule: string) => string} */ (
    (some, all, rule) => `${some} of ${all} rows: ${rule}`),
  contains: (/** @type {string} */ text) => `contains “${text}”`,
  reset: "Show all rows",
  csv: "Save as CSV",
  row: "Row",
  columnsShown: /** @type {(some: string, all: string) => string} */ (
    (some, all) => `The ${some} most important of ${all} features are shown; the CSV file has all.`),
  noneFound: "No row fits. Show all rows, or change the filter.",
  sortBy: (/** @type {string} */ name) => `Sort by ${name}`,

  asPython: "This view in Python",
  asPythonSaid: "Pass this to save_html, and the page opens as it is now.",
};

/** @typedef {typeof en} Words */
