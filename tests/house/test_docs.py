"""What the documentation shows is what happens: its code runs and prints what the page says.

In a page, a ``python`` block that a ``text`` block follows prints that text, and a ``console``
block holds commands after ``$`` with what they print. Words must be the same; numbers may differ
a little, since they change with the versions of the model libraries.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid
from pellucid import plots

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "getting-started.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
BLOCK = re.compile(r"^```(python|text|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BAR = re.compile("[▁-▟│]+")
SECONDS = re.compile(r"\b\S+ s$")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?!\w)")


def assert_similar(found, expected):
    """Compare line by line: words strictly, numbers nearly, bars and seconds not at all."""
    lines = [without_drawings(text) for text in (found, expected)]
    assert len(lines[0]) == len(lines[1]), f"printed:\n{found}"
    for found_line, expected_line in zip(*lines, strict=True):
        assert is_similar(found_line, expected_line), f"{found_line!r} was printed in:\n{found}"


def without_drawings(text):
    lines = text.strip("\n").replace("\N{MINUS SIGN}", "-").split("\n")
    return [SECONDS.sub("", BAR.sub("", line).rstrip()) for line in lines]


def is_similar(found, expected):
    words = [NUMBER.sub("#", line).split() for line in (found, expected)]
    numbers = [
        [float(number.replace(",", "")) for number in NUMBER.findall(line)]
        for line in (found, expected)
    ]
    # What is printed with its standard error may differ by some of them.
    tolerance = 5 * numbers[1][-1] if "±" in expected and numbers[1] else 0.02
    return words[0] == words[1] and numbers[0] == pytest.approx(numbers[1], rel=0.1, abs=tolerance)


def run_python(code, namespace, page):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(page), "exec"), namespace)  # noqa: S102 - our own pages
    return printed.getvalue()


def run_command(line):
    environment = {**os.environ, "COLUMNS": "100"}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    done = subprocess.run(
        shlex.split(line),
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def run_console(block):
    for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = session.replace("\\\n", " ").partition("\n")
        assert_similar(run_command(command), expected)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # on importing SHAP
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_does_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": page.stem}
    printed = ""
    for kind, code in BLOCK.findall(page.read_text()):
        if kind == "python":
            assert not printed, f"the page does not say that this is printed:\n{printed}"
            printed = run_python(code, namespace, page)
        elif kind == "console":
            run_console(code)
        else:
            assert_similar(printed, code)
            printed = ""
    assert not printed, f"the page does not say that this is printed:\n{printed}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_readme_names_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme


@pytest.mark.parametrize(
    "name", [*pellucid.__all__, *(plot.__name__ for plot in plots.PLOTS.values())]
)
def test_public_name_is_in_the_reference(name):
    reference = (ROOT / "docs" / "reference" / "index.rst").read_text()
    assert re.search(rf"^\s*(\.\. autoexception:: )?{name}$", reference, re.MULTILINE)


def test_links_between_files_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken
