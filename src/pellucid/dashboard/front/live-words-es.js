/** Palabras sobre lo que responde un modelo, en español; las mismas que en `live-words-en.js`. */

/** @type {typeof import("./live-words-en.js").liveWords} */
export const liveWords = {
  whatIfTitle: "¿Y si una fila fuera distinta?",
  whatIfRow: (/** @type {string} */ row) => `¿Y si la fila ${row} fuera distinta?`,
  whatIfNow: /** @type {(row: string, what: string, now: string, was: string) => string} */ (
    (row, what, now, was) => `Fila ${row}, cambiada: ${what} de ${now} en lugar de ${was}`),
  whatIfSaid: "Al mover un valor se vuelve a consultar el modelo. Una marca pequeña muestra dónde estaba; los controles llegan hasta donde llegan casi todas las filas.",
  whatIfGiven: "Los valores son los que recibe el modelo; se explican las columnas derivadas de ellos.",
  resetAll: "Restablecer todo",
  resetOne: (/** @type {string} */ name) => `Restablecer ${name}`,
  explainAgain: "Explicar de nuevo",
  wasValue: (/** @type {string} */ value) => `era ${value}`,
  beyond: (/** @type {string} */ low, /** @type {string} */ high) => `más allá de todas las filas, que van de ${low} a ${high}`,
  noNumber: "Esto no es un número.",
  fixedInputs: (/** @type {string} */ n) => `Otras ${n} entradas tienen demasiados valores distintos para elegir, y quedan como están.`,
  inSpace: /** @type {(what: string, now: string, was: string) => string} */ (
    (what, now, was) => `Se explica otra magnitud (${what}): ${now}, era ${was}.`),
  explainedTitle: (/** @type {string} */ feature) => `Lo que más ha cambiado es lo que añade ${feature}`,
  explainedSame: "La fila cambiada se explica como la propia fila",
  explainedSaid: /** @type {(base: string, end: string, method: string, n: string) => string} */ (
    (base, end, method, n) => `De ${base} a ${end}, por ${method}${n === "0" ? "" : ` con ${n} filas de referencia`}; los anillos son la fila como era, explicada igual.`),
  before: "antes",
  now: "ahora",
  curveTitle: (/** @type {string} */ output, /** @type {string} */ name) => `${output} según ${name}`,
  whatIfSame: /** @type {(row: string, what: string, value: string) => string} */ (
    (row, what, value) => `Fila ${row}, cambiada: ${what} sigue en ${value}`),
  showDependence: "Mostrar la dependencia parcial",
  hideDependence: "Ocultar la dependencia parcial",
  asking: "Se consulta el modelo…",
  dependenceTitle: (/** @type {string} */ output, /** @type {string} */ name) => `${output} según ${name}, lo demás igual`,
  dependenceSaid: (/** @type {string} */ n) => `Media de ${n} filas con su error estándar; las líneas finas son filas sueltas.`,
  ownCurve: "La línea discontinua es la fila elegida.",
  dependenceGiven: /** @type {(feature: string, name: string) => string} */ ((feature, name) => `El modelo recibe ${name}, de la que obtiene ${feature}.`),
  countedSaid: (/** @type {string} */ n) => `Las ${n} filas, contadas en cada píxel; más oscuro significa más. Elija un lugar para explicar la fila más cercana.`,
  roundedSaid: "Los puntos se sitúan con una precisión de 1/65.534 de cada eje; los números escritos son exactos.",
  pagedSaid: "Elija una fila para explicarla; elija una cabecera para ordenar todas las filas.",
  pageBefore: "Página anterior",
  pageAfter: "Página siguiente",
  linesShown: /** @type {(first: string, last: string, all: string) => string} */ ((first, last, all) => `${first} a ${last} de ${all}`),
  stop: "Detener",
  csvMost: (/** @type {string} */ n) => `Un archivo contiene las primeras ${n} filas; para otras, filtre o elija una cohorte.`,
  noModel: "No hay ningún modelo conectado, así que aquí no se puede predecir nada. Con uno, esta página pregunta qué pasaría si.",
  otherModel: /** @type {(now: string, then: string) => string} */ (
    (now, then) => `El modelo conectado predice ${now} para esta fila, y la explicación dice ${then}: explica otro modelo, u otras filas.`),
  noServer: "el programa que sirve esta página ya no responde. Lo dibujado antes sigue aquí.",
};
