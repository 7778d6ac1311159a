"""The file: one page, written whole, whose script is joined without any tool."""

import re
from pathlib import Path
from typing import get_args

import pytest
from e2e.dashboard import cases

import pellucid.dashboard.front
from pellucid import InvalidInputError, StorageError
from pellucid.dashboard.front import joined_modules, joined_names, module_files
from pellucid.dashboard.protocol import Language

FRONT = Path(pellucid.dashboard.front.__file__).resolve().parent


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


HOSTS = ("file-host.js", "server-host.js", "widget-host.js")


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("entry", HOSTS)
def test_script_of_all_views_is_small(entry, language):
    script = joined_modules(entry, language)
    assert "views/counted.js" in joined_names(entry, language) or entry == "file-host.js"
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
    written = [path.read_text(encoding="utf-8") for path in module_files()]
    texts = [text for module in written for text in module.split("`")[1::2] if "\n" in text]
    assert texts
    assert all(re.match(r"\n[:.@#*\w][^\n]*\{", text) for text in texts)
    # As they are joined without line breaks, none of these may be the only blank between two words.
    assert not [text for text in texts if re.search(r"[^;{},\n]\n *\w", text)]
    assert not [text for text in joined_modules("mount.js").split("`")[1::2] if "\n" in text]


def test_a_file_carries_the_views_of_its_parts_alone(tmp_path):
    plain = cases.explanation_of().save_html(tmp_path / "plain.html").read_text(encoding="utf-8")
    explanation, labels = cases.labelled_numbers()
    path = explanation.save_html(tmp_path / "full.html", true_labels=labels)
    full = path.read_text(encoding="utf-8")
    assert '"confusion"' in full
    assert '"confusion"' not in plain


def test_what_only_a_left_out_view_imports_is_left_out():
    every, some = (
        joined_names("file-host.js", "en", frozenset(without))
        for without in ((), ("views/performance.js",))
    )
    left_out = {"views/performance.js", "views/confusion.js", "views/measured.js"}
    assert left_out <= every - some
    assert "pure/ticks.js" in some


def test_every_module_is_used_by_a_page():
    assert set().union(*map(joined_names, HOSTS)) == {
        path.relative_to(FRONT).as_posix() for path in module_files()
    } - {"types.js"}


def test_both_languages_have_the_same_words():
    files = {path.name: path.read_text(encoding="utf-8") for path in module_files()}
    keys = re.compile(r"^  (\w+):", re.MULTILINE)
    for name in [name for name in files if name.endswith("words-en.js")]:
        other = name.replace("-en.js", "-es.js")
        assert keys.findall(files[name]) == keys.findall(files[other])


def test_a_file_is_spared_what_only_a_live_host_can_fill():
    live = {f"views/{name}.js" for name in ("what-if", "dependence", "counted", "paged-data")}
    assert not live & joined_names("file-host.js")
    assert live <= joined_names("server-host.js")
