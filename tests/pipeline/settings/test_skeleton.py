"""The release.toml to begin with is valid with its answers, has every key, and stays valid with every line in force."""

import re
import tomllib

import pytest

from pipeline.settings import Settings, parse
from pipeline.settings.kinds import every_key
from pipeline.settings.skeleton import skeleton

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b"
ANSWERS = [
    {"app": "greeter", "repository": "acme/greeter", "connection_arn": CONNECTION},
    {
        "app": "greeter",
        "repository": "acme/web/greeter",
        "provider": "gitlab",
        "connection_arn": CONNECTION,
        "branch": "dev",
    },
    {"app": "greeter", "repository": "greeter", "provider": "codecommit"},
    {"app": "greeter", "repository": "acme-handoffs/greeter.zip", "provider": "s3"},
]
COMMENTED_KEY = re.compile(r"^#(?=[\w\[])", re.MULTILINE)


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda answers: answers.get("provider", "github"))
def test_the_answers_make_it_valid(answers):
    settings = parse(skeleton(**answers), "release.toml")
    assert settings.app == "greeter"
    assert {key: getattr(settings.source, key) for key in answers if key != "app"} == {
        key: value for key, value in answers.items() if key != "app"
    }
    assert settings.container == Settings.model_fields["container"].get_default(call_default_factory=True)


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda answers: answers.get("provider", "github"))
def test_every_line_can_be_put_in_force(answers):
    everything = COMMENTED_KEY.sub("", skeleton(**answers))
    whole = parse(everything, "release.toml")
    short = parse(skeleton(**answers), "release.toml")
    # The tables of names of one's own hold an example; every other line is what counts without it.
    examples = {"container": {"environment", "secrets"}, "tags": True}
    assert whole.model_dump(exclude=examples) == short.model_dump(exclude=examples)
    assert all((whole.container.environment, whole.container.secrets, whole.tags))


def test_every_key_is_there():
    content = tomllib.loads(COMMENTED_KEY.sub("", skeleton(**ANSWERS[0])))
    for key in every_key(Settings):
        part = content
        for name in key:
            part = part[name]


def test_an_answer_that_is_missing_is_told_when_the_file_is_read(mistakes):
    document = skeleton(app="", repository="acme/greeter")
    lines = document.split("\n")
    told = mistakes(document)
    assert [lines[int(line.split(":")[0]) - 1] for line in told] == ['app = ""', "[source]"]
    assert "app" in told[0]
    assert "connection_arn" in told[1]


def test_awkward_answers_are_quoted(mistakes):
    document = skeleton(app='we"b\\', repository="a\nb\x7f\u2028😀/c", connection_arn=CONNECTION)
    content = tomllib.loads(document)
    assert content["app"] == 'we"b\\'
    assert content["source"]["repository"] == "a\nb\x7f\u2028😀/c"


def test_its_lines_are_short():
    assert max(map(len, skeleton(**ANSWERS[0]).split("\n"))) <= 120
