"""The whole file: the app's name, the tags, and what several tables must agree on."""

import pytest

from pipeline.settings import Settings
from pipeline.settings.kinds import every_key, every_table, is_table, kind_at


@pytest.mark.parametrize("app", ["ab", "greeter", "a1", "web-2-eu", "a" * 24])
def test_names_of_an_app(mistakes, minimal, app):
    assert mistakes(minimal.replace('"greeter"', f'"{app}"', 1)) == []


@pytest.mark.parametrize(
    "app", ["a", "a" * 25, "Greeter", "1web", "web-", "we--b", "we_b", "we b", "", "wéb", "web\\n"]
)
def test_what_cannot_name_an_app(mistakes, minimal, app):
    (line,) = mistakes(minimal.replace('"greeter"', f'"{app}"', 1))
    assert line.startswith("1: app: ")
    assert "give a name of 2 to 24 lower-case letters, digits and single hyphens, beginning with a letter" in line


@pytest.mark.parametrize("app", ["internal-web", "aws-web", "sthree-web"])
def test_names_that_belong_to_aws(mistakes, minimal, app):
    (line,) = mistakes(minimal.replace('"greeter"', f'"{app}"', 1))
    assert line == f'1: app: "{app}" is not valid; names that begin with internal-, aws-, sthree- belong to AWS'


def test_other_strategies_are_refused_with_those_there_are(mistakes, minimal):
    (line,) = mistakes(f'strategy = "canary"\n{minimal}')
    assert line == '1: strategy: "canary" is not valid; give "flip"'


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("Image = 'x'", "Identifier, IsProduction, Image, Package are set by the release itself"),
        ("'aws:team' = 'x'", "keys that begin with aws: belong to AWS"),
        ("'AWS:team' = 'x'", "keys that begin with aws: belong to AWS"),
        ("'' = 'x'", "this key of a tag is not valid; give 1 to 128 letters"),
        (f"{'k' * 129} = 'x'", "this key of a tag is not valid; give 1 to 128 letters"),
        ("'te\tam' = 'x'", "this key of a tag is not valid"),
        ("team = 'a\\nb'".replace("'", '"'), '"a\\nb" is not valid; give up to 256 letters'),
        (f"team = '{'v' * 257}'", "is not valid; give up to 256 letters"),
        ("team = 'R&D'", '"R&D" is not valid; give up to 256 letters, digits, spaces and _ . : / = + - @'),
    ],
)
def test_tags_that_aws_or_the_release_would_not_take(mistakes, minimal, tag, why):
    (line,) = mistakes(f"{minimal}[tags]\n{tag}\n")
    assert line.startswith("6: tags")
    assert why in line


def test_tags_that_can_be_set(mistakes, minimal):
    tags = {"team": "", "cost:centre/1": "Zürich = 47.37 @ + - _", "k" * 128: "v" * 256}
    assert mistakes(minimal + "[tags]\n" + "".join(f'"{key}" = "{value}"\n' for key, value in tags.items())) == []
    more = "".join(f"t{n} = 'x'\n" for n in range(41))
    (line,) = mistakes(f"{minimal}[tags]\n{more}")
    assert line == "5: tags: 41 of them is not valid; give a table of at most 40 names, each with a text"


def test_arns_of_two_partitions_are_refused(mistakes, minimal):
    told = mistakes(f"""{minimal}[container.secrets]
TOKEN = "arn:aws-cn:ssm:eu-west-1:123456789012:parameter/token"
[listener]
certificate_arn = "arn:aws-us-gov:acm:eu-west-1:123456789012:certificate/9c8b7a69"
""")
    words = 'is not that of source.connection_arn, "aws"; give the same'
    assert told == [
        f'6: container.secrets.TOKEN: the partition "aws-cn" {words}',
        f'8: listener.certificate_arn: the partition "aws-us-gov" {words}',
    ]


def test_certificate_and_topic_of_two_regions_are_refused(mistakes, minimal):
    def document(region):
        return f"""{minimal}[listener]
certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/9c8b7a69"
[release]
approval_topic_arn = "arn:aws:sns:{region}:123456789012:releases"
"""

    assert mistakes(document("eu-west-1")) == []
    (line,) = mistakes(document("us-east-1"))
    assert line == (
        '8: release.approval_topic_arn: the region "us-east-1" is not that of listener.certificate_arn, "eu-west-1"; '
        "give the same"
    )


def test_alarm_names_leave_room_in_what_the_flip_is_told(mistakes, minimal):
    def document(characters, app):
        alarms = f"['{'a' * characters}', '{'b' * 60}']"
        return f"{minimal.replace('greeter', app, 1)}[release]\nwatch = 3600\nalarms = {alarms}\n"

    assert mistakes(document(90, "web")) == []
    assert mistakes(document(50, "a" * 24)) == []
    (line,) = mistakes(document(90, "a" * 24))
    assert line.startswith("7: release.alarms: ")
    assert line.endswith("characters too many for what CodePipeline passes to an action; shorten the names")
    over = int(line.split(": ")[2].split()[0])
    assert mistakes(document(90 - over, "a" * 24)) == []
    assert len(mistakes(document(90 - over + 1, "a" * 24))) == 1


def test_rules_stand_in_the_documents_and_need_keys_that_exist():
    for at, table in every_table(Settings):
        for rule in table.rules:
            assert rule.judge.__doc__.count("\n") == 0
            assert rule.needs
            for need in rule.needs:
                kind = kind_at(Settings, (*at, *need.split(".")))
                assert kind is not None
                assert not is_table(kind.of)


def test_rules_look_only_at_the_keys_that_they_need():
    """A rule that looked further would trip over a key that is missing from the sound part of a file."""

    class Watched:
        def __init__(self, table, needs):
            self.__dict__.update(table=table, needs=needs)

        def __getattr__(self, name):
            needs = [need for need in self.needs if need.split(".")[0] == name]
            known = name in type(self.table).model_fields
            assert needs or not known, f"{name} is not among {self.needs}"
            value = getattr(self.table, name)
            return Watched(value, [need.partition(".")[2] for need in needs]) if is_table(type(value)) else value

    settings = Settings.model_validate({"app": "ab", "source": {"provider": "s3", "repository": "abc/d.zip"}})
    for at, table in every_table(Settings):
        part = settings
        for name in at:
            part = getattr(part, name)
        for rule in table.rules:
            assert list(rule.judge(Watched(part, rule.needs))) == []


def test_every_key_has_its_place():
    keys = list(every_key(Settings))
    assert len(keys) == len(set(keys))
    assert ("container", "health_check", "path") in keys
