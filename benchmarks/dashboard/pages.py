"""Pages beside which a dashboard is measured: plotly's scattergl of the same data, and next to nothing."""

import base64
import json

import numpy as np
import pandas as pd
from plotly.offline import get_plotlyjs

from pellucid import Explanation, Stats

D = 12


BARE_PAGE = """<!doctype html><meta charset="utf-8"><title>bare</title>
<style>#dots{position:absolute;left:500px;top:200px;width:400px;height:300px}
#dot{position:absolute;width:1px;height:1px;background:#000}</style>
<div id="dots"></div><div id="dot"></div>
<script>
let clicks = 0;
document.getElementById("dots").addEventListener("click", () => {
  document.getElementById("dot").style.left = `${++clicks}px`;
});
</script>"""
"""A click moves one pixel: what the browser takes for any click that is to be seen."""


def explanation_of(n):
    """Attributions of a made-up regression, with so much noise that dots lie everywhere."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(n, D))
    values = (np.sin(rows) + random.normal(size=(n, D))) / (1 + np.arange(D))
    names = tuple(f"feature {j}" for j in range(D))
    return Explanation(
        values=values[:, :, np.newaxis],
        base_values=np.zeros((n, 1)),
        predictions=values.sum(axis=1, keepdims=True),
        features=names,
        classes=None,
        task="regression",
        output_space="value",
        stats=Stats("by hand", exact=True, n_rows=n, n_rows_given=n, efficiency_gap=0.0),
        data=pd.DataFrame(rows, columns=list(names)),
    )


ONE_FEATURE, SHAPES, SELECTED = "one feature", "shapes over dots", "selected dots"
"""Pages of plotly: one that shows the dots of one feature, and a chosen row's values as bars beside
them; and two that show what the dashboard does: the dots of all features, and where the chosen row is
among them. Plotly's means for that are selected points; shapes that are laid over a chart cost less."""

MARKS = {
    ONE_FEATURE: "[]",
    SHAPES: """[
      Plotly.relayout("overall", {shapes: names.map((_, j) => ring(of("values", j), j + ups[i]))}),
      Plotly.relayout("dots", {shapes: [ring(of("rows", feature), of("values", feature))]}),
    ]""",
    SELECTED: """[
      Plotly.restyle("overall", {selectedpoints: names.map(() => [i])}),
      Plotly.restyle("dots", {selectedpoints: [[i]]}),
    ]""",
}


def plotly_page(explanation, kind):
    """Importances, one feature as a scattergl, and one row's values on a click."""
    columns = {
        "values": explanation.values[:, :, 0].T,
        "rows": explanation.data.to_numpy().T,
        "shades": explanation.predictions.T,
    }
    sent = {name: _base64(part) for name, part in columns.items()}
    means = np.abs(explanation.values[:, :, 0]).mean(axis=0).tolist()
    overall = f"""[{{type: "bar", orientation: "h", y: names, x: {json.dumps(means)}}}]"""
    if kind != ONE_FEATURE:
        overall = """names.map((_, j) => ({type: "scattergl", mode: "markers", x: column("values", j),
      y: ups.map((up) => j + up), marker: {color: column("rows", j), colorscale: "Cividis", size: 3}})),
    {showlegend: false, yaxis: {tickvals: names.map((_, j) => j), ticktext: names}}"""
    return f"""<!doctype html><meta charset="utf-8"><title>plotly</title>
<style>body{{margin:0;display:grid;grid-template-columns:1fr 1fr 1fr}}body>div{{height:460px}}</style>
<div id="overall"></div><div id="dots"></div><div id="row"></div>
<script>{get_plotlyjs()}</script>
<script>
const names = {json.dumps(list(explanation.features))}, sent = {json.dumps(sent)}, n = {len(explanation)};
const read = (text) => {{
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}};
const all = Object.fromEntries(Object.entries(sent).map(([key, text]) => [key, read(text)]));
const column = (kind, j) => all[kind].subarray(j * n, (j + 1) * n);
const ups = Float32Array.from({{length: n}}, (_, i) => 0.35 * Math.sin(12.9898 * i));
const ring = (x, y) => ({{type: "circle", xsizemode: "pixel", ysizemode: "pixel", xanchor: x, yanchor: y,
  x0: -6, x1: 6, y0: -6, y1: 6}});
const ready = Promise.all([
  Plotly.newPlot("overall", {overall}),
  Plotly.newPlot("dots", [{{type: "scattergl", mode: "markers", x: column("rows", 0),
    y: column("values", 0), marker: {{color: all.shades, colorscale: "Cividis", size: 5}}}}]),
  Plotly.newPlot("row", [{{type: "bar", orientation: "h", y: names, x: names.map(() => 0)}}]),
]);
let feature = 0;
window.shown = -1;
document.getElementById("dots").on("plotly_click", ({{points}}) => {{
  const i = window.shown = points[0].pointIndex;
  const of = (kind, j) => column(kind, j)[i];
  const bars = Plotly.restyle("row", {{x: [names.map((_, j) => of("values", j))]}});
  window.last = Promise.all([bars, ...{MARKS[kind]}]);
}});
window.choose = (j) => {{
  feature = j;
  return Plotly.restyle("dots", {{x: [column("rows", j)], y: [column("values", j)]}});
}};
ready.then(() => {{ window.drawn = true; }});
</script>"""


def _base64(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode("ascii")
