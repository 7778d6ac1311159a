"""Modules that are made short do what they did before."""

import re
from pathlib import Path

import pytest

from pellucid.dashboard import protocol
from pellucid.dashboard.front import _OURS, module_files
from pellucid.dashboard.front.compact import compact
from pellucid.dashboard.front.pieces import pieces_of
from pellucid.dashboard.front.shorten import shorten

SCRIPTS = {
    "patterns": """
        const rows = [1, 2, 3];
        const make = ({ width, height: tall = 4, ...rest }, [first, , third] = rows) => ({
          width, tall, rest, first, third, size: width ? tall : first, "data-width": width,
        });
        return [make({ width: 1, depth: { deep: 2 } }), make({ height: 0 }, "abc")];""",
    "scopes": """
        const value = 1;
        const total = 10;
        function outer(value, of = (x) => x + total) {
          let sum = 0;
          for (const value of [1, 2]) sum += of(value);
          for (let i = 0; i < 3; sum += i++);
          try { throw { sum }; } catch ({ sum: caught }) { return [value, sum, caught]; }
        }
        return [value, outer(7), outer(8, (value) => -value)];""",
    "texts": """
        const name = "name } ` ${name}";
        const nested = (list) => `${list.map((item) => `<${item}${item > 1 ? "!" : ""}>`).join(", ")} of ${name}`;
        const pattern = /[}"'`]\\/{1}/u;
        return [nested([1, 2]), pattern.test('"/'), { name }.name.replace(/na/u, "NA")];""",
    "signs": """
        const one = 1;
        const two = - -one + +one - -one;
        const half = one / two / 2;
        const many = [one, two].map((v, i) => (i ? v-- - --v : v++ + ++v));
        return [two, half, many, typeof missing, one in [0, 1], void 0 ?? "none"];""",
    "statements": """
        const shared = 3;
        function first(shown, other) { const local = shown + shared; return local * other; }
        const second = (other, shown) => { const local = shown - shared; return local / other; };
        function third(shared, ...others) { return [shared, ...others.map((other) => other + 1)]; }
        const found = [first(1, 2), second(3, 4), third(5, 6, 7)];
        return [found, shared, ((found) => found + shared)(1), true, false, undefined ?? null];""",
    "commas": """
        const [first, , third,] = [1, 2, 3,];
        const holes = [, , ];
        const rest = { first, third, };
        return [Math.max(first, third,), holes.length, rest, [,].length];""",
    "words": """
        const words = { shown: "a", kinds: { shown: "b" } };
        const other = { shown: "c" };
        return [words.shown, words.kinds.shown, other.shown, Object.keys(other)];""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_short_modules_do_what_they_did(blank, name):
    script = SCRIPTS[name]
    short = compact(script)
    assert len(short) < len(script)
    told = "() => JSON.stringify((() => {{ {} }})())"
    assert blank.evaluate(told.format(short)) == blank.evaluate(told.format(script))


def test_members_of_words_alone_are_renamed():
    short = compact("const f = (words, other) => words.shown + other.shown;", {"shown": "q"})
    assert short == "let f=(b,a)=>b.q+a.shown;"


def test_known_properties_are_renamed_wherever_they_stand():
    script = (
        "const f = ({ store, other }, x) => ({ store, rest: x.store + other, other: [...store] });"
    )
    short = compact(script, members={"store": "S"})
    assert short == "let f=({S:a,other:b},x)=>({S:a,rest:x.S+b,other:[...a]});"


def test_properties_that_are_renamed_are_nobody_elses():
    """None is sent, or named by a text or by what people read."""
    texts = [path.read_text(encoding="utf-8") for path in module_files() if path.name != "types.js"]
    sent = Path(protocol.__file__).read_text(encoding="utf-8")
    words = " ".join(
        path.read_text(encoding="utf-8") for path in module_files() if "words" in path.name
    )
    for name in _OURS:
        assert not re.search(rf"^    {name}: ", sent, re.MULTILINE), name
        assert not re.search(rf"^  {name}:", words, re.MULTILINE), name
        assert not any(re.search(rf"\[[\"']{name}[\"']\]", text) for text in texts), name


def test_what_browsers_know_is_called_by_its_short_name_alone():
    script = "const f = (Promise) => Promise.all(Math.max(1), Math.PI, { Number }, x.Math.max);"
    short = compact(script, {}, {"Math.max": "$m", "Promise": "$p", "Number": "$n"})
    assert short == "let f=Promise=>Promise.all($m(1),Math.PI,{Number},x.Math.max);"


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match="member of an object in a form that is not known"):
        shorten(list(pieces_of("const store = { set(value) { return value; } };")), {})
