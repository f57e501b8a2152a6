"""Which tag the image of a commit carries."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deployer.tag import tag_of

# What the registry's specification allows.
VALID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
COMMIT = st.text(min_size=1, max_size=300) | st.from_regex(r"[._\-/+=A-Za-z0-9]{1,200}", fullmatch=True)


@pytest.mark.parametrize(
    "commit",
    ["9fceb02d0ae598e95dc970b74767f19372d61af8", "lUVp4Wj2FB7Sg_xQz.tAQ3-s1O9ZcYkM", "_", "v1", "x" * 128],
)
def test_a_valid_tag_stays_as_it_is(commit: str) -> None:
    assert tag_of(commit) == commit


@pytest.mark.parametrize(
    ("commit", "readable"),
    [("release/1", "release-1-"), (".hidden", "hidden-"), ("--x", "x-"), ("a b", "a-b-"), ("x" * 129, "x" * 115 + "-")],
)
def test_anything_else_stays_readable_and_gets_a_mark(commit: str, readable: str) -> None:
    tag = tag_of(commit)
    assert tag.startswith(readable)
    assert re.fullmatch(r"[0-9a-f]{12}", tag.removeprefix(readable))


@given(COMMIT)
def test_every_commit_gets_a_valid_tag_that_needs_no_further_change(commit: str) -> None:
    tag = tag_of(commit)
    assert VALID.fullmatch(tag)
    assert tag_of(tag) == tag


@given(COMMIT, COMMIT)
def test_two_commits_never_share_a_tag(one: str, other: str) -> None:
    assume(one != other)
    assert tag_of(one) != tag_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a/b", "a+b"), (".a", "-a"), ("x" * 128 + "1", "x" * 128 + "2"), ("/", "//")]
)
def test_what_reads_alike_is_kept_apart(one: str, other: str) -> None:
    assert tag_of(one) != tag_of(other)


def test_a_mark_tells_apart_what_was_built_in_another_way() -> None:
    assert tag_of("9fceb02", "0a1b2c3d") == "9fceb02-0a1b2c3d"
    assert len(tag_of("x" * 300, "0a1b2c3d")) <= 128
    assert tag_of("x" * 300, "0a1b2c3d") != tag_of("x" * 301, "0a1b2c3d")
