/** The page: one selection, a few views that read and change it, and a host that knows the numbers. */

import { footer, heading, tell, titleOf } from "./around.js";
import { el } from "./dom.js";
import { readSelection, selectionText } from "./pure/selection.js";
import { makeStore } from "./store.js";
import { style } from "./style.js";
import { themeOf, themeStyle } from "./theme.js";
import { compare } from "./views/compare.js";
import { cohorts } from "./views/cohorts.js";
import { data } from "./views/data.js";
import { feature } from "./views/feature.js";
import { overview } from "./views/overview.js";
import { performance } from "./views/performance.js";
import { provenance } from "./views/provenance.js";
import { row } from "./views/row.js";
import { runs } from "./views/runs.js";
import { text } from "./views/text.js";
import { descending } from "./pure/order.js";
import { en } from "./words-en.js";
import { es } from "./words-es.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Selection} Selection */

/**
 * Show a dashboard within an element.
 *
 * @param {{el: HTMLElement, host: import("./types.js").Host, liveViews?: import("./live-views.js").Live}} given
 *     `liveViews` are views for hosts that answer
 * @returns {Promise<() => void>} takes it away again
 */
export async function mount({ el: home, host, liveViews }) {
  let leave = () => {};
  const begin = async () => {
    leave();
    const said = new URLSearchParams(host.place.read() || host.manifest.selection || "");
    const engineered = said.get("columns") === "engineered" ? host.engineered : undefined;
    leave = await show(home, engineered ?? host, liveViews, host.engineered !== undefined, begin);
  };
  await begin();
  return () => leave();
}

/**
 * Show one set of columns.
 *
 * @param {HTMLElement} home
 * @param {import("./types.js").Host} host
 * @param {import("./live-views.js").Live|undefined} liveViews
 * @param {boolean} hasColumns  whether there is another set
 * @param {() => void} begin  shows the set that the selection names
 */
async function show(home, host, liveViews, hasColumns, begin) {
  const { manifest } = host;
  const words = manifest.language === "es" ? es : en;
  const shadow = home.shadowRoot ?? home.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(themeStyle + style);
  shadow.adoptedStyleSheets = [sheet];
  const plain = await usualSelection(host);
  const usual = readSelection(manifest.selection ?? "", plain, manifest);
  const store = makeStore(readSelection(host.place.read(), usual, manifest));
  // An address says what differs from the usual; who else keeps the selection wants all of it.
  const unsaid = host.embedded ? /** @type {any} */ (Object.fromEntries(Object.keys(usual).map((key) => [key, null]))) : usual;
  const keep = () => host.place.write(selectionText(store.selection, unsaid));
  const live = el("p", { class: "live", "aria-live": "polite" });
  /** @type {Context} */
  const context = {
    host, manifest, words, store, liveViews,
    announce: (text) => { live.textContent = text; },
    theme: () => themeOf(home),
  };
  const views = viewsOf(context);
  const shown = views.map((view) => view(context));
  const grid = el("div", { class: `panels${views.length > 1 ? "" : " alone"}` }, ...shown.map((view) => view.root));
  const header = el("header");
  const silent = liveViews && manifest.n_sent && !manifest.calls.includes("predict");
  const page = el("main", { lang: manifest.language }, header, provenance(context),
    silent ? el("p", { class: "note" }, words.noModel) : null, grid, footer(context, plain), live);
  shadow.replaceChildren(page);

  const head = () => header.replaceChildren(...heading(context, hasColumns));
  const renderAll = () => {
    head();
    for (const view of shown) view.render();
  };
  store.subscribe((changed) => {
    if (changed.has("columns")) {
      const { columns, output, row, pins } = store.selection;
      // Places of features mean other ones in the other columns.
      host.place.write(String(new URLSearchParams({ columns, output: String(output), row: String(row ?? ""), pins: String(pins) })));
      return begin();
    }
    if (["output", "cohort", "cohorts"].some((key) => changed.has(key))) head();
    for (const view of shown) {
      if (view.reads.some((key) => changed.has(key))) view.render();
      else if (changed.has("row")) view.select?.();
    }
    keep();
    if (changed.has("row")) tell(context);
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && store.selection.row !== null) store.set({ row: null });
  });
  if (host.embedded) keep();
  else document.title = titleOf(context);
  renderAll();
  const moved = () => {
    const next = readSelection(host.place.read(), usual, manifest);
    if (next.columns !== store.selection.columns) begin();
    else store.set(next);
  };
  const deaf = host.place.listen?.(moved);
  const unwatch = watch(home, grid, renderAll);
  return () => {
    deaf?.();
    unwatch();
  };
}

/** What there is to show. @param {Context} context */
function viewsOf({ manifest, liveViews }) {
  const written = manifest.texts ? [text] : [];
  const measured = manifest.labels ? [performance] : [];
  const beside = manifest.others.length ? [runs] : [];
  if (!manifest.n_sent) return [overview, ...measured, ...(beside.length ? [compare] : []), ...beside];
  const whatIf = liveViews && manifest.calls.includes("predict") ? [liveViews.whatIf] : [];
  const table = liveViews && manifest.dots !== "exact" ? liveViews.pagedData : data;
  return [overview, feature, row, ...whatIf, ...written, cohorts, ...measured, compare, ...beside, table];
}

/** Draw anew when the room or the theme changes. @param {HTMLElement} home @param {HTMLElement} grid @param {() => void} render */
function watch(home, grid, render) {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  let width = grid.clientWidth;
  let frame = 0;
  const soon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(render);
  };
  const observer = new ResizeObserver(() => {
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    soon();
  });
  observer.observe(grid);
  scheme.addEventListener("change", soon);
  const themes = new MutationObserver(soon);
  themes.observe(home, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    observer.disconnect();
    themes.disconnect();
    cancelAnimationFrame(frame);
    scheme.removeEventListener("change", soon);
    home.shadowRoot?.replaceChildren();
  };
}

/**
 * What is shown unless somebody chose otherwise: the most important feature, and the row with the
 * highest prediction.
 *
 * @param {import("./types.js").Host} host
 * @returns {Promise<Selection>}
 */
async function usualSelection(host) {
  const { shown_output: output, shown_row: row, features } = host.manifest;
  const { meanAbs } = await host.aggregates(output);
  return {
    columns: "raw", output, feature: descending(meanAbs)[0] ?? 0, row,
    x: "value", y: "contribution", color: "prediction", top: Math.min(10, features.length), show: "strips",
    measure: "meanAbs", rowTop: Math.min(10, features.length), rowOrder: "size", pins: [], cohort: null, cohorts: [],
    compare: "rows", others: host.manifest.others.length ? [0] : [],
  };
}
