/**
 * What a host tells the page. Python describes the same in `protocol.py`.
 *
 * @typedef {{name: string, kind: "number"|"date"|"category"|"none", missing: number}} Feature
 *
 * @typedef {object} Provenance
 * @property {string|null} model
 * @property {string} method
 * @property {string} exactness
 * @property {number} n_rows_given
 * @property {number} n_background
 * @property {number} n_evaluations
 * @property {number|null} efficiency_gap
 * @property {number|null} largest_std_error
 * @property {number|null} fidelity
 * @property {number|null} local_r2
 * @property {string|null} sampling
 * @property {string[]} warnings
 *
 * @typedef {object} Manifest
 * @property {number} protocol
 * @property {string} generator
 * @property {string|null} title
 * @property {"en"|"es"} language
 * @property {string} task
 * @property {string} output_space
 * @property {string|null} metric
 * @property {string[]|null} classes
 * @property {number} n_outputs
 * @property {number} shown_output
 * @property {number|null} shown_row
 * @property {Feature[]} features
 * @property {number} n_rows
 * @property {number} n_sent
 * @property {boolean} has_errors
 * @property {boolean} mirrored
 * @property {"classes"|"numbers"|null} labels
 * @property {"tokens"|"sentences"|null} texts
 * @property {Other[]} others
 * @property {Manifest|null} engineered
 * @property {string|null} selection
 * @property {Provenance} provenance
 * @property {string[]} calls  the questions that `call` answers
 * @property {boolean} by_column  whether attributions come feature by feature, as rows are many
 * @property {"exact"|"rounded"|"counted"} dots  how rows become dots
 *
 * @typedef {object} Other
 * @property {string} name
 * @property {string|null} model
 * @property {string} method
 * @property {string} output_space
 * @property {string|null} metric
 * @property {number} n_rows
 * @property {number} n_features
 * @property {number} n_shared
 * @property {string} most_important
 * @property {(number|null)[]} outputs
 * @property {string|null} page
 *
 * @typedef {Float64Array|Float32Array|Int8Array|Int16Array|Int32Array|Uint8Array|Uint16Array|Uint32Array} Numbers
 *
 * @typedef {object} Strip
 * @property {number} feature
 * @property {number} low
 * @property {number} high
 * @property {Numbers} counts
 * @property {Numbers} shades
 * @property {Numbers} [quantiles]  the 5th, 25th, 50th, 75th and 95th percentile
 *
 * @typedef {object} Aggregates
 * @property {Numbers} meanAbs
 * @property {Numbers} meanAbsError
 * @property {Numbers} mean
 * @property {Numbers} meanError
 * @property {Numbers} maxAbs
 * @property {Map<number, Strip>} strips
 *
 * @typedef {object} Row
 * @property {number} row
 * @property {string} label
 * @property {ArrayLike<number>} values
 * @property {ArrayLike<number>|null} errors
 * @property {number} base
 * @property {number} prediction
 * @property {number[]} predictions  of all outputs
 * @property {number[]} truth  the number of its class, or the target of each output; empty without labels
 * @property {(number|string|null)[]} cells  values of the features; null where missing or not known
 *
 * @typedef {object} Host
 * @property {Manifest} manifest
 * @property {(output: number) => Promise<Aggregates>} aggregates
 * @property {(name: string) => Promise<Numbers>} column
 * @property {(name: string) => Promise<string[]>} texts
 * @property {(method: string, params: any) => Promise<any>} call
 *     `row` with `{row, output}` or `{label, output}` is answered by every host, with a Row; all else
 *     that `manifest.calls` names is described in `protocol.py`. Errors are sentences for people.
 * @property {{read: () => string, write: (text: string) => void, listen?: (moved: () => void) => () => void}} place
 *     Where the selection is kept: a text, such as the hash of an address, and whether it was changed there.
 * @property {boolean} [embedded]  the page around it is somebody else's, and keeps its title
 * @property {Host} [engineered]  the same rows in engineered columns
 *
 * A rule names a column as the host does (`value/3`, `prediction/0`, `contribution/0/3`, `truth/0`), or
 * one that follows from others (`error/0`, `predicted`, `outcome`), and says in which range its numbers
 * are, or which levels it has; null is a missing value.
 *
 * @typedef {{field: string, low?: number|null, high?: number|null, levels?: (string|null)[]}} Rule
 *
 * A row belongs to a cohort if it fits all its rules.
 *
 * @typedef {{name: string, rules: Rule[]}} Cohort
 *
 * One selection that all views read and change. `row` and `pins` are places among the rows sent;
 * `output` -1 is the mean over all outputs.
 *
 * @typedef {object} Selection
 * @property {"raw"|"engineered"} columns
 * @property {number} output
 * @property {number} feature
 * @property {number|null} row
 * @property {string} x
 * @property {string} y
 * @property {string} color
 * @property {number} top
 * @property {"strips"|"boxes"|"bars"} show
 * @property {"meanAbs"|"mean"|"maxAbs"} measure
 * @property {number} rowTop
 * @property {"size"|"overall"|"name"} rowOrder
 * @property {number[]} pins
 * @property {number|null} cohort  a place among the cohorts; null is all rows
 * @property {Cohort[]} cohorts
 * @property {"rows"|"cohorts"|"results"} compare  what is compared
 * @property {number[]} others  places of the other results that are compared
 *
 * @typedef {object} Context  What every view is given.
 * @property {Host} host
 * @property {Manifest} manifest
 * @property {import("./words-en.js").Words} words
 * @property {import("./store.js").Store} store
 * @property {import("./live-views.js").Live} [liveViews]  views for hosts that answer
 * @property {(text: string) => void} announce
 * @property {() => import("./theme.js").Theme} theme
 *
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {(keyof Selection)[]} reads  what it is drawn from: it is drawn anew when one of these changes
 * @property {() => void|Promise<void>} render  draw anew
 * @property {() => void|Promise<void>} [select]  show another row, where all else stays
 */

export {};
