/** Todas las palabras de la página en español; las mismas que en `words-en.js`. */

import { cohortWords } from "./cohort-words-es.js";
import { liveWords } from "./live-words-es.js";

/** @type {Record<string, string>} */
const NOUNS = {
  probability: "probabilidad predicha", raw: "puntuación bruta", value: "predicción",
  "log-loss": "pérdida logarítmica", "squared error": "error cuadrático", metric: "métrica",
};

/** @type {import("./words-en.js").Words} */
export const es = {
  ...cohortWords,
  ...liveWords,
  defaultTitle: (/** @type {string} */ output) => `En qué se basa la ${output}`,
  noun: (/** @type {string} */ space, /** @type {string|null} */ name) =>
    name === null ? NOUNS[space] ?? space : `${NOUNS[space] ?? space} de ${name}`,
  allOutputs: "todas las clases, en promedio",
  ofAll: (/** @type {string} */ space) => `${NOUNS[space] ?? space}, todas las clases`,
  outputNumber: (/** @type {number} */ k) => `salida ${k}`,
  output: "Salida",
  featureNamed: (/** @type {string} */ name) => `variable ${name}`,
  classNamed: (/** @type {string} */ name) => `clase ${name}`,
  of: (/** @type {string} */ some, /** @type {string} */ all) => `${some} de ${all}`,
  missing: "sin valor",
  rowCount: /** @type {(n: number, text: string) => string} */ ((n, text) => (n === 1 ? "1 fila" : `${text} filas`)),
  failed: (/** @type {string} */ why) => `No se pudo dibujar esta parte: ${why}`,
  asTable: "Ver como tabla",
  loading: "Leyendo los números …",
  tryAgain: "Intentar de nuevo",
  saveAs: (/** @type {string} */ form) => `${form}: guardar este gráfico como imagen`,
  keys: "Teclas",
  keysSaid: [
    ["Tab", "recorrer controles y gráficos"],
    ["↑ ↓", "en una lista de variables o filas, o entre puntos contados: la de arriba o la de abajo"],
    ["← →", "en un gráfico de puntos: la fila a la izquierda o a la derecha"],
    ["Intro", "elegir"],
    ["B", "en un gráfico de puntos: marcar una esquina; en otra fila, crear un grupo con lo que hay entre ambas"],
    ["Esc", "soltar la fila"],
  ],
  dots: (/** @type {string} */ some, /** @type {string} */ all) =>
    `Puntos, filas y tablas: ${some} de ${all} filas. Importancias y franjas: todas las filas.`,
  noRows: "Esta página no contiene filas individuales; muestra lo medido sobre todas ellas.",

  provenance: "Hasta dónde confiar en esto",
  model: "Modelo",
  method: "Método",
  values: "Valores",
  exactness: /** @type {Record<string, string>} */ ({
    exact: "exactos salvo redondeo", estimated: "estimados, con errores estándar", approximate: "aproximados",
  }),
  rows: "Filas explicadas",
  background: "Filas de referencia",
  gap: "Suma con un error de",
  gapHint: "Mayor diferencia entre una predicción y la suma de su explicación, como parte de la mayor predicción",
  largestError: "Mayor error estándar",
  fidelity: "Fidelidad del sustituto (R²)",
  localR2: "Menor R² de los modelos locales",
  sampling: "Muestreo",
  warning: "Nota",

  overviewTitle: (/** @type {string} */ feature, /** @type {string} */ output) => `${feature} es lo que más pesa en la ${output}`,
  bothTitle: (/** @type {string} */ one, /** @type {string} */ other, /** @type {string} */ output) => `${one} y ${other} son lo que más pesa en la ${output}`,
  noMean: (/** @type {string} */ output) => `En promedio, ninguna variable sube o baja claramente la ${output}`,
  meanTitle: /** @type {(feature: string, output: string, up: boolean) => string} */ (
    (feature, output, up) => `En promedio, ${feature} es lo que más ${up ? "sube" : "baja"} la ${output}`),
  maxTitle: (/** @type {string} */ feature, /** @type {string} */ output) => `${feature} es lo que más mueve la ${output} de una sola fila`,
  nothingMatters: "Ninguna variable cambia las predicciones",
  stripsSaid: (/** @type {string} */ rows) =>
    `Cada franja son ${rows}: hacia la derecha la variable sube la predicción, hacia la izquierda la baja; más grosor son más filas.`,
  barsSaid: /** @type {Record<string, string>} */ ({
    meanAbs: "Cuánto mueve cada variable la predicción, en promedio de todas las filas; los bigotes son un error estándar.",
    mean: "Hacia dónde mueve cada variable la predicción, en promedio de todas las filas; los bigotes son un error estándar.",
    maxAbs: "Lo máximo que cada variable mueve la predicción de alguna fila.",
    metric: "Cuánto empeora la métrica sin la variable; los bigotes son un error estándar.",
  }),
  show: "Mostrar",
  shows: /** @type {Record<string, string>} */ ({ strips: "todas las filas", boxes: "cajas", bars: "barras" }),
  boxesSaid: (/** @type {string} */ rows) =>
    `Cada caja abarca la mitad central de ${rows}, su línea es la mediana, los bigotes van del percentil 5 al 95. La fila elegida lleva un anillo, o está donde apunta una flecha.`,
  average: "media",
  quantiles: ["mínimo", "5 %", "25 %", "mediana", "75 %", "95 %", "máximo"],
  measure: "Medida",
  measures: /** @type {Record<string, string>} */ ({
    meanAbs: "tamaño medio", mean: "media con signo", maxAbs: "tamaño máximo", metric: "cambio de la métrica",
  }),
  features: "Variables",
  allFeatures: (/** @type {string} */ n) => `las ${n}`,
  others: (/** @type {string} */ n) => `No se muestran otras ${n} variables.`,
  low: "valor bajo",
  high: "valor alto",
  noOrder: "categoría",
  contributionTo: (/** @type {string} */ output) => `aporte a la ${output}`,
  chooseFeature: "ver cómo actúa esta variable",
  stdError: "Error estándar",
  feature: "Variable",
  importances: "Importancia de cada variable",
  steps: "Lo que aporta cada variable",

  featureTitle: /** @type {(feature: string, output: string, way: number) => string} */ (
    (feature, output, way) => way > 0.5 ? `Cuanto mayor ${feature}, mayor la ${output}`
      : way < -0.5 ? `Cuanto mayor ${feature}, menor la ${output}`
        : `Cómo actúa ${feature} en la ${output}`),
  categoryTitle: /** @type {(feature: string, level: string, output: string) => string} */ (
    (feature, level, output) => `${feature}: ${level} es lo que más sube la ${output}`),
  axesTitle: (/** @type {string} */ y, /** @type {string} */ x) => `${y} frente a ${x}`,
  featureSaid: "Cada punto es una fila; elija una para explicarla. Las barras cuentan filas.",
  levelsSaid: "Cada franja son las filas de una categoría; a la derecha, cuántas son.",
  across: "Horizontal",
  up: "Vertical",
  color: "Color",
  plain: "ninguno",
  valueOf: (/** @type {string} */ f) => `valor de ${f}`,
  contributionOf: (/** @type {string} */ f) => `aporte de ${f}`,
  thisFeature: "Esta variable",
  otherValues: "Valores",
  otherContributions: "Aportes",
  value: "valor",
  contribution: "aporte",
  rarer: (/** @type {string} */ n) => `${n} categorías menos frecuentes`,
  withoutValue: (/** @type {string} */ n) => `Las filas sin valor están a la izquierda: ${n}.`,
  chart: (/** @type {string} */ y, /** @type {string} */ x, /** @type {string} */ n) =>
    `${y} frente a ${x}, ${n} filas. Las flechas pasan de fila en fila.`,
  at: (/** @type {string} */ row) => `Fila ${row}`,

  rowTitle: /** @type {(row: string, output: string, prediction: string) => string} */ (
    (row, output, prediction) => `Fila ${row}: la ${output} es ${prediction}`),
  rowSaid: /** @type {(base: string, end: string) => string} */ (
    (base, end) => `Del valor base ${base} a ${end}: cada barra es lo que aporta una variable.`),
  noRow: "No hay ninguna fila elegida",
  noRowSaid: "Elija un punto, o una fila de la tabla, para ver de qué se compone su predicción.",
  previous: "Fila anterior",
  next: "Fila siguiente",
  goTo: "Ir a la fila",
  go: "Ir",
  noSuchRow: (/** @type {string} */ row) => `Aquí no hay ninguna fila ${row}.`,
  order: "Orden",
  orders: /** @type {Record<string, string>} */ ({ size: "mayores primero", overall: "como en el total", name: "por nombre" }),
  base: "valor base",
  thisRow: "esta fila",
  otherFeatures: (/** @type {string} */ n) => `otras ${n} variables`,
  unattributed: "sin atribuir",
  classes: "Predicciones de todas las clases",
  rankedValues: (/** @type {string} */ row) => `Lo que aporta cada variable, fila ${row}`,
  pin: "Fijar para comparar",
  unpin: "Soltar",
  selected: /** @type {(row: string, prediction: string) => string} */ (
    (row, prediction) => `Fila ${row} elegida, predicción ${prediction}`),

  compareTitle: /** @type {(feature: string) => string} */ ((feature) => `${feature} es lo que más separa las filas fijadas`),
  compareOne: "Hay una fila fijada; fije otra para compararlas",
  compareSaid: "Cada número es una fila fijada; las variables van según cuánto separan las filas.",
  clear: "Soltar todas",

  dataSaid: "Elija una fila para explicarla; elija un encabezado para ordenar.",
  find: "Buscar",
  filter: "Filtro",
  noFilter: "sin filtro",
  bound: "Límite",
  isText: "es",
  filtered: /** @type {(some: string, all: string, rule: string) => string} */ (
    (some, all, rule) => `${some} de ${all} filas: ${rule}`),
  contains: (/** @type {string} */ text) => `contiene «${text}»`,
  reset: "Mostrar todas las filas",
  csv: "Guardar como CSV",
  row: "Fila",
  columnsShown: /** @type {(some: string, all: string) => string} */ (
    (some, all) => `Se muestran las ${some} variables más importantes de ${all}; el archivo CSV las tiene todas.`),
  noneFound: "Ninguna fila coincide. Muestre todas las filas o cambie el filtro.",
  sortBy: (/** @type {string} */ name) => `Ordenar por ${name}`,

  asPython: "Esta vista en Python",
  asPythonSaid: "Páselo a save_html y la página se abrirá como está ahora.",
};
