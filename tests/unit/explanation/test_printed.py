"""What results look like, in terminals and in notebooks."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from pellucid import Stats
from pellucid.explanation import html, text
from pellucid.explanation.summary import (
    Bar,
    Chart,
    Summary,
    printable,
    summarize_global,
    summarize_local,
)

HOSTILE = (
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "\x1b[31mred\x1b[0m\r\n\u202eeverything",
    "&amp; x" * 40,
)


@pytest.fixture
def hostile(make_explanation):
    explanation = make_explanation(3, 5, 2, estimated=True)
    stats = Stats(HOSTILE[0], refused=((HOSTILE[1], HOSTILE[0]),), warnings=(HOSTILE[1],))
    data = pd.DataFrame(dict.fromkeys(HOSTILE, [HOSTILE[0]] * 3))
    return replace(explanation, features=HOSTILE, classes=HOSTILE[:2], stats=stats, data=data)


class TestText:
    def test_importance(self, make_explanation):
        importance = make_explanation(20, 13, 2, estimated=True).importance()
        lines = repr(importance).splitlines()
        assert lines[0] == (
            "Importance over 20 rows: 13 features, 2 classes (class 0, class 1), "
            "in the model's raw units"
        )
        table = [line for line in lines if re.match(r" +\d+  feature", line)]
        assert len(table) == 10
        names = [re.search(r"feature \d+", line).group() for line in table]
        assert names == importance.get_ranked_global_names(10)
        widths = [line.count("█") for line in table]
        assert widths == sorted(widths, reverse=True)
        assert widths[0] == text.BAR_WIDTH
        assert "and 3 more" in lines[-3]
        assert "method             by hand; estimated" in repr(importance)
        assert "efficiency gap     1e-16" in repr(importance)
        assert "passed over        tree: it is no tree model" in repr(importance)
        assert lines[-1] == "  warning: made of random numbers"

    def test_numbers_are_aligned(self, make_explanation):
        lines = repr(make_explanation(20, 12).importance()).splitlines()
        table = [line for line in lines if re.match(r" +\d+  feature", line)]
        assert len({line.index("±") for line in table}) == 1
        assert len({line.index(".") for line in table}) == 1

    def test_a_single_row_shows_its_values_and_what_they_add_up_to(self, make_explanation):
        data = pd.DataFrame({"feature 0": ["oak"], "feature 1": [1.23456]})
        explanation = make_explanation(1, 2, 2, data=data)
        predicted = int(explanation.predictions[0].argmax())
        shown = repr(explanation)
        base = explanation.base_values[0, predicted]
        prediction = explanation.predictions[0, predicted]
        assert f"row 0, class {predicted}: {base:.4g} → {prediction:.4g}" in shown
        assert "oak" in shown
        assert "1.235" in shown

    def test_bars_of_signed_values_lie_on_both_sides_of_an_axis(self, make_explanation):
        explanation = make_explanation(1, 3, 1, task="regression")
        values = np.array([4.0, -2.0, 1e-9]).reshape(1, 3, 1)
        lines = repr(replace(explanation, values=values)).splitlines()
        bars = [line[line.index("│") - 10 : line.index("│") + 11] for line in lines if "│" in line]
        assert bars == [" " * 10 + "│" + "█" * 10, " " * 5 + "█" * 5 + "│", " " * 10 + "│▏"]

    def test_sampling_is_told(self, make_explanation):
        explanation = make_explanation(5)
        stats = replace(explanation.stats, n_rows_given=1000)
        assert "5, sampled from 1,000" in repr(replace(explanation, stats=stats))

    def test_names_cannot_move_the_cursor_or_break_lines(self, hostile):
        for shown in (repr(hostile), repr(hostile[0]), repr(hostile.importance())):
            assert all(letter.isprintable() or letter == "\n" for letter in shown)
            assert max(len(line) for line in shown.splitlines()) < 520

    def test_wide_letters_count_twice(self, make_explanation):
        explanation = replace(make_explanation(3, 2, 1), features=("年齢", "hour"))
        table = [line for line in repr(explanation).splitlines() if re.match(r" +\d+  ", line)]
        # Both names fill four columns of a terminal, so the numbers begin in the same one.
        by_columns = {len(line.split(".")[0].encode("gbk")) for line in table}
        assert len(by_columns) == 1

    def test_nothing_to_show_is_no_error(self, make_explanation):
        explanation = make_explanation(3)
        assert repr(explanation[:0]).startswith("Explanation of 0 rows")
        assert "█" not in repr(replace(explanation, values=np.zeros((3, 3, 2))))
        assert "nan" in repr(replace(explanation, values=np.full((3, 3, 2), np.nan)))
        assert "inf" in repr(replace(explanation, values=np.full((3, 3, 2), np.inf))[0])


class Checker(HTMLParser):
    """Notes tags and attributes, and checks that tags are closed in order."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.usefixtures("compact_tables")
class TestHtml:
    def test_names_stay_text(self, hostile):
        for result in (hostile, hostile[0], hostile.importance()):
            checker = Checker(result._repr_html_())
            assert set(checker.tags) <= {"div", "span", "style"}
            assert checker.tags.count("style") == 1
            assert {name for name, _ in checker.attributes} <= {
                "class", "style", "title", "role", "aria-label", "aria-hidden",
            }  # fmt: skip

    def test_it_needs_nothing_from_elsewhere(self, make_explanation):
        source = make_explanation(3).importance()._repr_html_()
        assert "http" not in source
        assert "url(" not in source
        assert "@import" not in source

    def test_every_rule_of_style_is_scoped(self, make_explanation):
        source = make_explanation(3)._repr_html_()
        style = re.search(r"<style>(.*?)</style>", source, re.DOTALL).group(1)
        style = re.sub(r"@media[^{]*\{(.*?\})\s*\}", r"\1", style, flags=re.DOTALL)
        selectors = re.findall(r"([^{}]+)\{", style)
        assert len(selectors) > 10
        for selector in selectors:
            assert all(".pellucid-result" in part for part in selector.split(","))

    def test_light_and_dark(self, make_explanation):
        source = make_explanation(3)._repr_html_()
        assert "prefers-color-scheme: dark" in source
        assert "color-scheme: dark" in source
        assert "color-scheme: light" in source

    def test_size_does_not_grow_with_the_data(self, make_explanation):
        large = make_explanation(2000, 40, 2)._repr_html_()
        small = make_explanation(20, 40, 2)._repr_html_()
        assert len(large) < 1.1 * len(small) < 40_000

    def test_first_rows_are_shown(self, make_explanation):
        source = make_explanation(9, 3)._repr_html_()
        assert re.findall(r">row (\d+), ", source) == ["0", "1", "2"]

    def test_bars_are_as_long_as_their_values(self, make_explanation):
        values = np.array([4.0, -2.0, 0.0]).reshape(1, 3, 1)
        explanation = replace(make_explanation(1, 3, 1, task="regression"), values=values)
        bars = re.findall(r'class="bar (\w+)" style="width:([\d.]+)%"', explanation._repr_html_())
        assert bars == [("up", "50.00"), ("down", "25.00")]

    def test_nan_is_no_length(self, make_explanation):
        explanation = replace(make_explanation(3), values=np.full((3, 3, 2), np.nan))
        assert "width" not in re.sub(r"<style>.*</style>", "", explanation._repr_html_(), flags=16)


class TestSummary:
    @pytest.mark.usefixtures("compact_tables")
    def test_both_forms_draw_the_same(self, make_explanation):
        importance = make_explanation(9, 4).importance()
        summary = summarize_global(importance)
        assert repr(importance) == text.render(summary)
        assert importance._repr_html_() == html.render(summary)

    def test_rows_are_those_asked_for(self, make_explanation):
        assert len(summarize_local(make_explanation(9), n_rows_shown=0).charts) == 1
        assert len(summarize_local(make_explanation(9), n_rows_shown=2).charts) == 3
        assert len(summarize_local(make_explanation(1), n_rows_shown=2).charts) == 1

    @pytest.mark.parametrize(
        ("largest", "value", "shown"),
        [
            (0.5, 0.12345, "0.1235"),
            (123.456, 123.456, "123.5"),
            (99_999.0, 12.3, "12"),
            (1e-9, 1e-9, "1e-09"),
            (1e9, 123.456, "123"),
        ],
    )
    def test_decimals_suit_the_largest_number(self, largest, value, shown):
        chart = Chart("", (Bar("a", "", largest, None),), 0, is_signed=False)
        assert chart.number(value) == shown

    def test_long_texts_are_cut(self):
        assert printable("x" * 200, 10) == "x" * 9 + "…"
        assert len(printable("\n" * 200, 10)) == 10


class TestWhiskers:
    """Bars of a card carry their standard errors, within the track."""

    @pytest.mark.parametrize("is_signed", [False, True])
    def test_whiskers_surround_the_ends_of_bars(self, is_signed):
        bars = (Bar("a", "", 3.0, 1.0), Bar("b", "", -2.0 if is_signed else 0.2, 0.5))
        drawn = html.render(self.summary(Chart("sizes", bars, 0, is_signed)))
        places = [
            (float(left), float(left) + float(width))
            for left, width in re.findall(r'whisker" style="left:([\d.]+)%;width:([\d.]+)%', drawn)
        ]
        expected = [(75, 100), (18.75, 31.25)] if is_signed else [(50, 100), (0, 17.5)]
        np.testing.assert_allclose(places, expected)

    def test_no_error_no_whisker(self):
        bars = (Bar("a", "", 3.0, None), Bar("b", "", 1.0, 0.0))
        drawn = html.render(self.summary(Chart("sizes", bars, 0, is_signed=False)))
        assert 'class="whisker"' not in drawn

    @staticmethod
    def summary(chart):
        return Summary("title", (), (chart,), ())
