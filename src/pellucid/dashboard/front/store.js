/** One selection; who changes it tells all who read it. */

/** @typedef {import("./types.js").Selection} Selection */

/**
 * @typedef {object} Store
 * @property {Selection} selection
 * @property {(change: Partial<Selection>) => void} set
 * @property {(listener: (changed: Set<string>) => void) => void} subscribe
 */

/**
 * @param {Selection} initial
 * @returns {Store}
 */
export function makeStore(initial) {
  /** @type {((changed: Set<string>) => void)[]} */
  const listeners = [];
  /** @type {Store} */
  const store = {
    selection: initial,
    set: (change) => {
      const before = /** @type {any} */ (store.selection);
      const changed = Object.entries(change).filter(([key, value]) => before[key] !== value);
      if (!changed.length) return;
      store.selection = { ...store.selection, ...Object.fromEntries(changed) };
      const keys = new Set(changed.map(([key]) => key));
      for (const listener of listeners) listener(keys);
    },
    subscribe: (listener) => void listeners.push(listener),
  };
  return store;
}
