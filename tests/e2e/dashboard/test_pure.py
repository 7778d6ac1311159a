"""The page's pure functions, called in the browser, against NumPy and their own rules."""

import json

import numpy as np
import pytest

from pellucid.dashboard.chunks import encode, encode_texts
from pellucid.dashboard.front import ENTRY, joined_modules


@pytest.fixture
def call(blank):
    """Evaluate an expression in which the names of a module of the front end are known."""

    def evaluate(module, expression, given=None):
        script = joined_modules(module)
        exports = script.rsplit("return{", 1)[1].split("}", 1)[0]
        names = ", ".join(part.split(":")[0] for part in exports.split(","))
        asked = f"(async ({{ {names} }}) => ({expression}))({ENTRY})"
        return blank.evaluate(f"async (given) => {{ {script}\nreturn {asked}; }}", given)

    return evaluate


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.2, 8.7), (1e-7, 3e-7), (-1e9, 1e9), (99.99, 100.01), (-0.1, 0.1)]
)
def test_ticks_are_round_evenly_spaced_and_inside(call, low, high):
    found = np.array(call("pure/ticks.js", "ticks(given[0], given[1], 6)", [low, high]))
    steps = np.diff(found)
    assert 3 <= len(found) <= 9
    assert np.allclose(steps, steps[0])
    assert found[0] >= low - 1e-9 * (high - low)
    assert found[-1] <= high + 1e-9 * (high - low)
    mantissa = steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9)
    assert any(np.isclose(mantissa, m) for m in (1, 2, 5, 10))


@pytest.mark.parametrize("seconds", [30, 4e3, 1e5, 3e6, 9e7, 1e9, 6e9])
@pytest.mark.parametrize("start", ["2026-02-03T04:05:06", "1899-11-30", "0044-03-15"])
def test_ticks_of_dates_are_round_in_the_calendar(call, start, seconds):
    low = int(np.datetime64(start, "us").astype(np.int64))
    found = call(
        "pure/dates.js",
        "[dateTicks(given[0], given[1], 6)].map((v) => [v, v.map(dateWriter(v, true))])[0]",
        [low, low + 1e6 * seconds],
    )
    ticks, texts = found
    assert 1 <= len(ticks) <= 6
    assert all(low <= tick <= low + 1e6 * seconds for tick in ticks)
    moments = np.array(ticks).astype(np.int64).astype("datetime64[us]")
    for moment, text in zip(moments, texts, strict=True):
        assert np.datetime64(text.replace(" ", "T"), "us") == moment
    if seconds > 3e6:
        assert (moments == moments.astype("datetime64[M]")).all()


def test_scale_and_its_inverse(call):
    found = call(
        "pure/ticks.js",
        "[3, 40].map((v) => { const s = linear(-5, 45, 10, 300); return s.from(s.at(v)); })",
    )
    assert found == pytest.approx([3, 40])
    alone = call("pure/ticks.js", "linear(7, 7, 0, 100).at(7)")
    assert alone == pytest.approx(50)


def test_quantiles_and_shades_are_those_of_numpy(call):
    numbers = np.random.default_rng(1).normal(size=501).tolist()
    found = call(
        "pure/order.js",
        "[0, 0.05, 0.5, 0.95, 1].map((q) => quantile([...given].sort((a, b) => a - b), q))",
        numbers,
    )
    assert found == pytest.approx(np.quantile(numbers, [0, 0.05, 0.5, 0.95, 1]))
    low, high = np.percentile(numbers, [5, 95])
    shades = call("pure/order.js", "Array.from(shadesOf(given).shades)", numbers)
    assert shades == pytest.approx(np.clip((np.array(numbers) - low) / (high - low), 0, 1))


def test_descending_order_is_stable_and_puts_nan_last(call):
    found = call("pure/order.js", "descending([1, NaN, 3, 1, 3])")
    assert found == [2, 4, 0, 3, 1]


def test_correlation_is_that_of_numpy(call):
    x, y = np.random.default_rng(2).normal(size=(2, 99)) + 1e6
    found = call("pure/order.js", "correlation(given[0], given[1])", [x.tolist(), y.tolist()])
    assert found == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)


def test_no_row_of_a_strip_is_lost_or_added(call):
    counts = np.random.default_rng(3).integers(0, 9, size=128).tolist()
    for low, high, width in [(-1, 1, 500), (0.2, 0.21, 300), (-1, 1, 40), (0.5, 0.5, 100)]:
        found = call(
            "pure/density.js",
            "stripProfile({low: given.low, high: given.high, counts: given.counts, shades: given.counts.map(() => 255)},"
            " {at: (v) => (v + 1.01) / 2.02 * given.width}, given.width).rows.reduce((a, b) => a + b)",
            {"low": low, "high": high, "counts": counts, "width": width},
        )
        assert found == pytest.approx(sum(counts))


def test_every_point_in_view_is_stamped_once(call):
    random = np.random.default_rng(4)
    x, y = random.uniform(10, 90, size=(2, 300)).tolist()
    found = call(
        "pure/density.js",
        "[0.5, 1.5, 2.3].map((r) => splat([...given[0], NaN], [...given[1], 5], [0.5], 100, 100, r).counts.reduce((a, b) => a + b))",
        [x, y],
    )
    assert found == [300, 300 * 9, 300 * 21]


def test_histogram_is_that_of_numpy(call):
    numbers = np.random.default_rng(5).uniform(-2, 3, size=999)
    found = call(
        "pure/density.js", "Array.from(histogram([...given, NaN, 99], -2, 3, 17))", numbers.tolist()
    )
    assert found == np.histogram(numbers, bins=17, range=(-2, 3))[0].tolist()


ARRAYS = {
    "bytes": np.arange(200),
    "negative": np.array([-3, 70000]),
    "halves": np.array([0.5, -0.25, np.nan, np.inf]),
    "doubles": np.random.default_rng(6).normal(size=5000),
    "zeros": np.zeros((3, 4000)),
    "nothing": np.zeros(0),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_chunks_come_back_to_the_last_bit(call, kind):
    chunk = list(encode(ARRAYS[kind]))
    found = call(
        "pure/decode.js",
        "await decodeNumbers(new Uint8Array(given)).then((c) => [c.rows, c.columns, Array.from(c.numbers, String)])",
        chunk,
    )
    rows, columns, texts = found
    numbers = np.array([float(text.replace("Infinity", "inf")) for text in texts])
    assert (rows, columns) == (1, *ARRAYS[kind].shape)[-2:]
    assert np.array_equal(numbers, ARRAYS[kind].astype(float).ravel(), equal_nan=True)


def test_texts_come_back_whole(call):
    texts = ["", "plain", "\u05e9\u05dc", "\U0001f600", "nul\0", "</script>"] * 40
    found = call(
        "pure/decode.js", "await decodeTexts(new Uint8Array(given))", list(encode_texts(texts))
    )
    assert found == texts


def test_base64_without_the_new_function(call):
    found = call(
        "pure/decode.js",
        "(() => { const kept = Uint8Array.fromBase64; Uint8Array.fromBase64 = undefined;"
        " const bytes = Array.from(bytesOf(given)); Uint8Array.fromBase64 = kept; return bytes; })()",
        "AAECA/8=",
    )
    assert found == [0, 1, 2, 3, 255]


def test_numbers_are_written_in_the_language(call):
    given = [0, -1234.5678, 0.000123456, 3.2e-9, 12345678]
    english = call("pure/text.js", "given.map((v) => numberWriter('en').number(v))", given)
    assert english == ["0", "\u22121,235", "0.000123", "3.2e\u22129", "12,345,678"]
    spanish = call("pure/text.js", "numberWriter('es').number(0.5)")
    assert spanish == "0,5"
    column = call(
        "pure/text.js",
        "(() => { const w = numberWriter('en').columnWriter([12.5, -3]); return [12.5, -3, -0.0001].map(w); })()",
    )
    assert column == ["12.5", "\u22123.0", "0.0"]


def test_names_are_shortened_in_the_middle_by_whole_characters(call):
    found = call(
        "pure/text.js",
        "[elide('mean_radius_of_the_left_cell', 16), elide('\U0001f600'.repeat(30), 5), visible('a\\u202eb\\0')]",
    )
    assert found == [
        "mean_rad\u2026ft_cell",
        "\U0001f600\U0001f600\u2026\U0001f600\U0001f600",
        "ab\ufffd",
    ]


def test_csv_quotes_and_disarms(call):
    found = call("pure/csv.js", "csvOf([['a,b', 'say \"hi\"', '=1+1'], [1.5, NaN, -2]])")
    assert found == '"a,b","say ""hi""",\'=1+1\r\n1.5,,-2\r\n'


def test_selection_goes_through_a_text_and_ignores_nonsense(call):
    usual = {
        "output": 0,
        "feature": 0,
        "row": None,
        "x": "value",
        "y": "contribution",
        "color": "prediction",
        "top": 5,
        "show": "strips",
        "measure": "meanAbs",
        "rowTop": 5,
        "rowOrder": "size",
        "pins": [],
        "cohort": None,
        "cohorts": [],
    }
    manifest = {"n_sent": 10, "n_outputs": 2, "features": [{}] * 6, "labels": "classes"}
    cohorts = [
        {"name": "", "rules": [{"field": "value/5", "low": 0.5, "high": None}]},
        {"name": "a & b=c", "rules": [{"field": "truth/0", "levels": ["</script>", None]}]},
    ]
    chosen = {
        **usual,
        "row": 9,
        "output": 1,
        "x": "value:5",
        "y": "error",
        "pins": [1, 3],
        "show": "bars",
        "cohort": 1,
        "cohorts": cohorts,
    }
    text = call("pure/selection.js", "selectionText(given[0], given[1])", [chosen, usual])
    assert (
        json.loads(
            call(
                "pure/selection.js",
                "JSON.stringify(readSelection(given[0], given[1], given[2]))",
                [text, usual, manifest],
            )
        )
        == chosen
    )
    nonsense = "row=10&feature=-1&x=value:6&y=%00&top=1e9&show=toString&pins=1,99,x,1&output=NaN"
    nonsense += '&cohort=0&cohorts=[["",["value/6",1,2]],[3],["",["value/1","a",2]],["",["constructor",[]]]]'
    found = call(
        "pure/selection.js",
        "readSelection(given[0], given[1], given[2])",
        [nonsense, usual, manifest],
    )
    assert found == {**usual, "pins": [1]}
