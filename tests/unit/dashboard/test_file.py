"""The file: one page, written whole, whose script is joined without any tool."""

import re
from typing import get_args

import pytest
from e2e.dashboard import cases

from pellucid import InvalidInputError, StorageError
from pellucid.dashboard.front import joined_modules, module_files
from pellucid.dashboard.protocol import Dots, Language
from pellucid.dashboard.script import page_script
from pellucid.dashboard.session import ASK_MODEL, Session


def test_results_save_themselves(tmp_path):
    explanation = cases.explanation_of()
    for result in (explanation, explanation.importance()):
        path = result.save_html(tmp_path / "inner" / "x.html", overwrite=True)
        assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
        assert [p.name for p in path.parent.iterdir()] == ["x.html"]


def test_existing_file_is_kept_unless_told_otherwise(tmp_path):
    path = tmp_path / "x.html"
    path.write_text("mine")
    with pytest.raises(StorageError, match="overwrite=True"):
        cases.explanation_of().save_html(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"language": "de"}, "language must be one of 'en', 'es'"),
        ({"max_rows": 0}, "max_rows must be an integer of at least 1"),
        ({"title": 3}, "title must be a text"),
    ],
)
def test_bad_options_are_refused(tmp_path, options, said):
    with pytest.raises(InvalidInputError, match=said):
        cases.explanation_of().save_html(tmp_path / "x.html", **options)
    assert not list(tmp_path.iterdir())


def test_same_result_gives_the_same_file(tmp_path):
    one = cases.three_classes().save_html(tmp_path / "one.html").read_bytes()
    assert cases.three_classes().save_html(tmp_path / "two.html").read_bytes() == one


def parts_of(**given):
    """A manifest of all parts that a page can have, and other ones."""
    every = [*Session(cases.explanation_of()).calls, *ASK_MODEL]
    shown = {
        "labels": "classes",
        "others": [{}],
        "texts": "tokens",
        "calls": every,
        "dots": "exact",
    }
    return shown | given


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("dots", get_args(Dots))
@pytest.mark.parametrize("entry", ["file-host.js", "server-host.js", "widget-host.js"])
def test_script_of_a_page_with_all_parts_is_small(entry, dots, language):
    script = page_script(entry, parts_of(language=language, dots=dots))
    assert len(script.encode()) <= 150_000


def test_modules_are_short():
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in module_files()) <= 200


@pytest.mark.parametrize("language", get_args(Language))
def test_a_file_carries_the_words_of_its_language_alone(tmp_path, language):
    path = cases.explanation_of().save_html(tmp_path / "x.html", language=language)
    page = path.read_text(encoding="utf-8")
    said = {"en": "Show as a table", "es": "Ver como tabla"}
    assert [key for key, words in said.items() if words in page] == [language]
    assert {key for key, words in said.items() if words in joined_modules("mount.js")} == set(said)


def test_script_is_joined_without_comments_and_indentation():
    script = joined_modules("file-host.js")
    assert not re.search(r"^\s|^$|/\*|(?<!http:)//", script, re.MULTILINE)


def test_texts_that_span_lines_are_style_sheets():
    texts = [text for text in joined_modules("file-host.js").split("`")[1::2] if "\n" in text]
    assert texts
    assert all(re.match(r"\n[:.@#*\w][^\n]*\{", text) for text in texts)


def test_a_file_carries_the_views_of_its_parts_alone(tmp_path):
    plain = cases.explanation_of().save_html(tmp_path / "plain.html").read_text(encoding="utf-8")
    explanation, labels = cases.labelled_numbers()
    path = explanation.save_html(tmp_path / "full.html", true_labels=labels)
    full = path.read_text(encoding="utf-8")
    for module in ("views_performance", "views_confusion", "pure_performance"):
        assert f"const ${module}=(()" in full
        assert f"const ${module}=(()" not in plain
    assert "const $views_performance={};" in plain
    assert "const $views_text={};" in full


HOSTS = ("file-host.js", "server-host.js", "widget-host.js")


def test_every_module_is_used_by_a_page():
    script = "".join(map(joined_modules, HOSTS))
    names = {path.stem for path in module_files()} - {"types"}
    assert not [
        name for name in names if not re.search(rf"const \$\w*{name.replace('-', '_')}=", script)
    ]


def test_both_languages_have_the_same_words():
    files = {path.name: path.read_text(encoding="utf-8") for path in module_files()}
    keys = re.compile(r"^  (\w+):", re.MULTILINE)
    for name in [name for name in files if name.endswith("words-en.js")]:
        other = name.replace("-en.js", "-es.js")
        assert keys.findall(files[name]) == keys.findall(files[other])


def test_a_file_is_spared_what_only_a_live_host_can_fill():
    script = joined_modules("file-host.js")
    assert not re.search(r"const \$views_(what_if|dependence|counted|paged_data)", script)
