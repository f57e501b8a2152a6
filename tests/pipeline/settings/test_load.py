"""A file is read whole or refused whole: with every mistake, its line, and never a traceback."""

import contextlib
import copy
import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.errors import UserMistake
from pipeline.settings import Settings, parse, read

ROOT = Path(__file__).parents[3]
VALID = sorted([*(ROOT / "tests/settings").glob("*.toml"), *(ROOT / "examples").rglob("release.toml")])
PYDANTIC_WORDS = ("Input should", "type=", "pattern '", "validation error", "Value error", "pydantic", "Field required")


@pytest.mark.parametrize("path", VALID, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_settings_file_of_the_project_is_valid(path):
    assert read(path).app == tomllib.loads(path.read_text())["app"]


def test_the_settings_files_differ_in_what_matters():
    files = [read(path) for path in VALID]
    assert {settings.source.provider for settings in files} == {"github", "gitlab", "bitbucket", "codecommit", "s3"}
    assert {settings.network.nat for settings in files} == {"none", "single", "per-az"}
    for what in ("secure", "redirects"):
        assert {getattr(settings.listener, what) for settings in files} == {True, False}
    assert {settings.network.existing for settings in files} == {True, False}
    assert {settings.container.architecture for settings in files} == {"x86_64", "arm64"}


def test_all_mistakes_are_told_together_in_the_order_of_the_file(mistakes):
    told = mistakes("""\
ap = "Greeter"
strategy = "rainbw"

[source]
provider = "githb"
branch = 5

[container]
memory = 513
cpu = 256
port = true

[container.environment]
A-B = "x"
DB_PASSWORD = "hunter2"
COUNT = 5

[network]
public_subnets = ["subnet-0123456789abcdef0"]
cidr = "10.0.0.1/16"

[listener]
production_port = 8080
""")
    assert [line.split(": ")[:2] for line in told] == [
        ["1", "ap"],
        ["2", "strategy"],
        ["4", "source.repository"],
        ["5", "source.provider"],
        ["6", "source.branch"],
        ["9", "container.memory"],
        ["11", "container.port"],
        ["14", "container.environment.A-B"],
        ["15", "container.environment.DB_PASSWORD"],
        ["16", "container.environment.COUNT"],
        ["19", "network.public_subnets"],
        ["20", "network.cidr"],
        ["23", "listener.production_port"],
    ]


def test_a_mistyped_key_does_not_also_count_as_missing(mistakes):
    told = mistakes('app = "greeter"\n[source]\nrepositry = "acme/greeter"\nconection_arn = "x"\n')
    assert told == [
        "3: source.repositry: unknown key; did you mean repository?",
        "4: source.conection_arn: unknown key; did you mean connection_arn?",
    ]


def test_the_file_is_named_as_it_was_given(tmp_path, monkeypatch, minimal):
    monkeypatch.chdir(tmp_path)
    Path("release.toml").write_text(minimal + "[container]\nport = 0\n")
    with pytest.raises(UserMistake) as why:
        read("release.toml")
    assert str(why.value) == ("release.toml:6: container.port: 0 is not valid; give a whole number from 1 to 65535")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ": nothing is set in this file; `flipside init` writes a commented one"),
        (b"\n# app = 'greeter'\n\n", ": nothing is set in this file; `flipside init` writes a commented one"),
        (b'app = "greeter"\n# caf\xe9\n', ":2: this is not UTF-8; save the file as UTF-8 text"),
        ('app = "greeter"'.encode("utf-16"), ":1: this is not UTF-8; save the file as UTF-8 text"),
    ],
)
def test_a_file_without_settings_is_refused_in_one_sentence(tmp_path, content, words):
    path = tmp_path / "release.toml"
    path.write_bytes(content)
    with pytest.raises(UserMistake) as why:
        read(path)
    assert str(why.value) == f"{path}{words}"


def test_a_missing_file_a_folder_and_an_impossible_path_are_refused(tmp_path):
    refused = {
        tmp_path / "release.toml": "there is no such file; `flipside init` writes one",
        tmp_path: "this is a folder; give the path of a release.toml",
        tmp_path / ("long" * 100): "this cannot be read: File name too long",
        "release\0.toml": "this is no path; give the path of a release.toml",
    }
    for path, words in refused.items():
        with pytest.raises(UserMistake, match=words):
            read(path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path, minimal):
    path = tmp_path / "release.toml"
    windows = b"\xef\xbb\xbf" + minimal.replace("\n", "\r\n").encode()
    path.write_bytes(windows)
    assert read(path) == parse(minimal, "release.toml")
    path.write_bytes(windows + b"[container]\r\nport = 0\r\n")
    with pytest.raises(UserMistake, match=r"release\.toml:6: container\.port"):
        read(path)


def test_bottomless_nesting_is_refused(mistakes, minimal):
    for deep in ("x = " + "[" * 5000, "x = " + "[" * 400 + "]" * 400, "x = " + "{a=" * 5000):
        with pytest.raises(UserMistake):
            parse(f"{minimal}[container]\n{deep}\n", "release.toml")


def test_settings_cannot_be_changed(minimal):
    settings = parse(minimal, "release.toml")
    for table, key, value in (
        (settings, "app", "other"),
        (settings.container, "port", 1),
        (settings.container.health_check, "path", "/"),
    ):
        with pytest.raises(ValidationError):
            setattr(table, key, value)
    assert isinstance(settings.release.alarms, tuple)


def test_the_validator_itself_keeps_the_rules(minimal):
    given_values = tomllib.loads(minimal) | {"container": {"cpu": 256, "memory": 4096}}
    with pytest.raises(ValidationError, match="memory: 4096 with cpu 256 is not valid"):
        Settings.model_validate(given_values)


# What nobody would write by hand, yet every generated or damaged file may hold.
SCALARS = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["", "80", "main", "acme/greeter", "vpc-01234567", "{{resolve:ssm:x}}", "ghp_" + "a" * 36]),
)
KEYS = st.one_of(st.text(max_size=4), st.sampled_from(["app", "source", "port", "alarms", "nat", "X", "tags"]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
COMPLETE = [tomllib.loads(path.read_text()) for path in VALID]


def _tables(value):
    yield value
    for inner in value.values():
        if isinstance(inner, dict):
            yield from _tables(inner)


@st.composite
def damaged(draw):
    """Draw a valid file in which some values were replaced, added and taken away."""
    content = copy.deepcopy(draw(st.sampled_from(COMPLETE)))
    for _ in range(draw(st.integers(1, 4))):
        table = draw(st.sampled_from(list(_tables(content))))
        key = draw(st.sampled_from(sorted(table)) | KEYS) if table else draw(KEYS)
        if draw(st.booleans()):
            table[key] = draw(VALUES)
        else:
            table.pop(key, None)
    return content


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    return str(value).lower().replace(" ", "T") if not isinstance(value, float) else repr(value)


def _quoted(text):
    safe = "".join(char if char.isalnum() else f"\\U{ord(char):08x}" for char in text)
    return f'"{safe}"'


@settings(deadline=None)
@given(damaged())
def test_a_damaged_file_is_read_or_refused_in_our_own_words(content):
    document = "".join(f"{_quoted(key)} = {_toml(value)}\n" for key, value in content.items())
    tomllib.loads(document)
    try:
        settings = parse(document, "release.toml")
    except UserMistake as why:
        for line in str(why).split("\n"):
            assert line.startswith("release.toml:")
            assert not any(words in line for words in PYDANTIC_WORDS)
    else:
        assert isinstance(settings, Settings)


PIECES = [*"\"'=[]{}.,#\n 1\\é\t\0\u2028", '"""', "'''", "\r\n", "0x", "1979-05-27", "true", "source", "app"]
STATEMENTS = ["[source]\n", 'app = "greeter"\n', "port = 80\n", "[[container]]\n", "[tags]\n"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES + STATEMENTS), max_size=30).map("".join))
def test_garbage_is_read_or_refused(document):
    with contextlib.suppress(UserMistake):
        assert isinstance(parse(document, "release.toml"), Settings)


def test_secrets_in_the_wrong_place_are_never_repeated(mistakes, minimal):
    key = "ghp_" + "a" * 36
    told = mistakes(f"""{minimal}branch = "{key}!"
[container]
command = "{key}"
[container.secrets]
ONE = "{key}"
TWO = 12345678
[container.environment]
THREE = "{key}"
FOUR = ["{key}"]
[tags]
token = "{key}"
""")
    assert len(told) >= 6
    assert key not in "".join(told)
    assert "12345678" not in "".join(told)


SLOW = "import time; start = time.perf_counter(); {}; print(json.dumps([time.perf_counter() - start, [*sys.modules]]))"


def _measured(code):
    script = f"import json, sys; {SLOW.format(code)}"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_the_settings_load_nothing_heavy():
    _, modules = _measured("import pipeline.settings; pipeline.settings.read('tests/settings/large.toml')")
    assert not {"boto3", "botocore", "rich", "troposphere", "docker", "hypothesis"} & set(modules)


def test_reading_is_quick():
    read(VALID[0])
    durations = []
    for _ in range(5):
        start = time.perf_counter()
        read(ROOT / "tests/settings/large.toml")
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.05
