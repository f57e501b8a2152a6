"""Words of a Dockerfile: quotes, escapes and variables."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine import dockerfile, words
from rehearsal.engine.errors import BadRequestError

KNOWN = {"A": "1", "EMPTY": "", "SPACE": "x y"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$A-${A}", "1-1"),
        ("'$A'\"$A\"", "$A1"),
        (r"\$A \x", "$A x"),
        (r'"\$A \x \" \\"', r'$A \x " ' + "\\"),
        ("$", "$"),
        ("a$.b", "a$.b"),
        ("$NONE$EMPTY|", "|"),
        ("${NONE:-d}${EMPTY:-d}${EMPTY-d}", "dd"),
        ("${A:+set}${NONE:+set}${EMPTY+set}", "setset"),
        ("${NONE:-${A}}", "1"),
        ("${NONE:-'}'}", "}"),
        ("${SPACE}", "x y"),
        ('"it\'s"', "it's"),
    ],
)
def test_a_word_is_expanded(text: str, expected: str) -> None:
    assert words.expand(text, KNOWN) == expected


@pytest.mark.parametrize("text", ["'open", '"open', "${A", "${A:-x", "${}", "${A%x}", "${NONE:?}"])
def test_a_word_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(words.WordError):
        words.expand(text, KNOWN)


@given(st.text())
def test_whatever_is_quoted_stays_as_it_is(text: str) -> None:
    quoted = "'" + text.replace("'", "'\\''") + "'"
    assert words.expand(quoted, KNOWN) == text


@given(st.text(alphabet="ab '\"\\$={}\n\t", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (
        lambda: words.expand(text, KNOWN),
        lambda: words.split(text),
        lambda: words.pairs(text, "ENV"),
        lambda: dockerfile.parse(f"FROM scratch\nENV {text}"),
    ):
        with contextlib.suppress(BadRequestError):
            read()


def test_lines_are_cut_at_spaces_outside_quotes() -> None:
    assert words.split("a 'b c' d\"e f\" g\\ h") == ["a", "'b c'", 'd"e f"', "g\\ h"]


def test_a_dockerfile_is_read_with_its_line_numbers() -> None:
    text = "\ufeff# syntax=docker/dockerfile:1\r\nFROM scratch\r\n# comment\nENV A=1 \\\n# inside\n\n  B=2\nCMD a \\"
    read = [(each.line, each.name, each.rest) for each in dockerfile.parse(text)]
    assert read == [(2, "FROM", "scratch"), (4, "ENV", "A=1   B=2"), (8, "CMD", "a")]


def test_the_escape_character_of_windows_is_refused() -> None:
    with pytest.raises(dockerfile.DockerfileError, match="the backslash only"):
        dockerfile.parse("# escape=`\nFROM scratch\n")
