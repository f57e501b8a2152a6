"""Every key is found on its line, however the document is written."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.settings.lines import lines, repeated


def _paths(value, at=()):
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _paths(item, (*at, key))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("a = 1\n\n# b = 2\nb = 2", {("a",): 1, ("b",): 4}),
        ("[t]\nx = 1\n[t.u]\ny = 2", {("t",): 1, ("t", "x"): 2, ("t", "u"): 3, ("t", "u", "y"): 4}),
        ("[t.u]\n[t]", {("t",): 2, ("t", "u"): 1}),
        ("a.b.c = 1\na.b.d = 2", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "b", "d"): 2}),
        ('"a.b" = 1\n\'c d\'."e\\u0066" = 2', {("a.b",): 1, ("c d",): 2, ("c d", "ef"): 2}),
        ("a = [\n  1, # one\n  [2,\n   3],\n]", {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("a", 1, 0): 3, ("a", 1, 1): 4}),
        (
            "a = { b = 1, c.d = [\n 2 ] }",
            {("a",): 1, ("a", "b"): 1, ("a", "c"): 1, ("a", "c", "d"): 1, ("a", "c", "d", 0): 2},
        ),
        ('a = """\n[b]\nc = 1"""\nd = 1', {("a",): 1, ("d",): 4}),
        ('a = """x\\""""\nb = """"y"""""\nc = 1', {("a",): 1, ("b",): 2, ("c",): 3}),
        ("a = '''\n''' # '''\nb = '\\'\nc = 1", {("a",): 1, ("b",): 3, ("c",): 4}),
        ('a = "#\\"]" # "\nb = 1979-05-27 07:32:00\nc = 1', {("a",): 1, ("b",): 2, ("c",): 3}),
        (
            "[[t]]\nx = 1\n[[t]]\n[t.u]\nx = 2",
            {("t",): 1, ("t", 0): 1, ("t", 0, "x"): 2, ("t", 1): 3, ("t", 1, "u"): 4, ("t", 1, "u", "x"): 5},
        ),
    ],
)
def test_keys_are_found_on_their_lines(document, expected):
    assert lines(document) == expected
    assert set(expected) == set(_paths(tomllib.loads(document)))


WORDS = st.sampled_from(["a", "b", "c-1", "é", "x y", 'q"', "\\", "", "a.b"])
TEXTS = st.sampled_from(['"x"', "'#'", '"\\""', '"""a\n"b"" \\""""', "'''\n[t]\n'''", '""', "''", '""""""', "'''''''"])
SCALARS = TEXTS | st.sampled_from(["1", "-0.5e3", "true", "inf", "1979-05-27 07:32:00", "07:32:00", "0xff"])
BLANKS = st.sampled_from(["", " ", "\n", "# ]}\n", '\t\n  # "\n'])


def _key(word):
    bare = word.isascii() and word.replace("-", "").isalnum()
    return word if bare else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def lists(draw, items):
    inner = draw(st.lists(items, max_size=3))
    gaps = [draw(BLANKS) for _ in inner]
    return "[" + ",".join(gap + item + gap for gap, item in zip(gaps, inner, strict=True)) + draw(BLANKS) + "]"


@st.composite
def inline_tables(draw, values):
    inner = draw(st.dictionaries(WORDS, values, max_size=3))
    return "{ " + ", ".join(f"{_key(key)} = {value}" for key, value in inner.items()) + " }"


VALUES = st.recursive(SCALARS, lambda inner: lists(inner) | inline_tables(inner), max_leaves=6)
DOTTED = st.lists(WORDS, min_size=1, max_size=3).map(lambda words: " . ".join(map(_key, words)))
STATEMENTS = st.one_of(
    st.tuples(DOTTED, VALUES).map(" = ".join),
    DOTTED.map("[ {} ] # header".format),
    DOTTED.map("[[{}]]".format),
    BLANKS,
)


@settings(deadline=None)
@given(st.lists(STATEMENTS, max_size=8).map("\n".join))
def test_every_key_that_tomllib_reads_is_found(document):
    try:
        content = tomllib.loads(document)
    except tomllib.TOMLDecodeError:
        # Drawn keys may collide; what is left over is plenty.
        return
    found = lines(document)
    assert set(found) == set(_paths(content))
    text = document.split("\n")
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert _key(path[-1]) in text[line - 1]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), VALUES), unique_by=lambda pair: pair[0]))
def test_a_statement_is_found_behind_any_other(pairs):
    document, line, expected = "", 1, {}
    for key, value in pairs:
        expected[key,] = line
        document += f"{key} = {value}\n"
        line += value.count("\n") + 1
    found = lines(document)
    assert {path: place for path, place in found.items() if len(path) == 1} == expected


def test_the_last_statement_is_compared_with_those_before():
    assert repeated("a = 1\nb = 2") is None
    assert repeated("a = 1\n\na = 2") == (("a",), 3, 1)
    assert repeated("[t]\nx.y = 1\n[t.x") == (("t", "x"), 3, 2)
    assert repeated("[t]\n[u]\n[t") == (("t",), 3, 1)
