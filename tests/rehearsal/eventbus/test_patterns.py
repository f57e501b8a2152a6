import json

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.eventbus.comparisons import wildcard
from rehearsal.eventbus.pattern import matches

EVENT = {
    "source": "aws.s3",
    "detail": {
        "name": "Photos/cat.PNG",
        "count": 5,
        "ok": True,
        "none": None,
        "tags": ["red", "blue"],
        "address": "10.0.1.7",
        "items": [{"kind": "a", "size": 1}, {"kind": "b", "size": 2}],
        "deep": {"x": "y"},
    },
}
YES = [
    {"source": ["aws.s3", "other"]},
    {"detail": {"name": [{"prefix": "Photos/"}]}},
    {"detail": {"name": [{"prefix": {"equals-ignore-case": "photos"}}]}},
    {"detail": {"name": [{"suffix": ".PNG"}]}},
    {"detail": {"name": [{"suffix": {"equals-ignore-case": ".png"}}]}},
    {"detail": {"name": [{"equals-ignore-case": "photos/CAT.png"}]}},
    {"detail": {"name": [{"wildcard": "*/c*.PNG"}]}},
    {"detail": {"name": [{"anything-but": "x"}]}},
    {"detail": {"name": [{"anything-but": ["x", "y"]}]}},
    {"detail": {"name": [{"anything-but": {"prefix": "Videos/"}}]}},
    {"detail": {"name": [{"anything-but": {"suffix": [".gif", ".jpg"]}}]}},
    {"detail": {"name": [{"anything-but": {"wildcard": "*.gif"}}]}},
    {"detail": {"count": [{"numeric": [">", 4, "<=", 5]}]}},
    {"detail": {"count": [5.0]}},
    {"detail": {"ok": [True]}},
    {"detail": {"none": [None]}},
    {"detail": {"none": [{"exists": True}]}},
    {"detail": {"missing": [{"exists": False}]}},
    {"detail": {"tags": ["blue", "green"]}},
    {"detail": {"address": [{"cidr": "10.0.1.0/24"}]}},
    {"detail": {"items": {"kind": ["b"], "size": [2]}}},
    {"detail": {"$or": [{"count": [1]}, {"name": [{"prefix": "Photos"}]}]}},
    {"$or": [{"source": ["x"]}, {"detail": {"deep": {"x": ["y"]}}}]},
]
NO = [
    {"source": ["aws.s4"]},
    {"detail": {"name": [{"prefix": "photos/"}]}},
    {"detail": {"name": [{"wildcard": "c*"}]}},
    {"detail": {"name": [{"anything-but": {"prefix": "Photos/"}}]}},
    {"detail": {"missing": [{"anything-but": "x"}]}},
    {"detail": {"missing": [{"exists": True}]}},
    {"detail": {"name": [{"exists": False}]}},
    {"detail": {"deep": [{"exists": True}]}},
    {"detail": {"count": [{"numeric": [">", 5]}]}},
    {"detail": {"ok": [1]}},
    {"detail": {"count": ["5"]}},
    {"detail": {"name": [{"numeric": ["=", 5]}]}},
    {"detail": {"address": [{"cidr": "10.0.2.0/24"}]}},
    {"detail": {"items": {"kind": ["a"], "size": [2]}}},
    {"detail": {"name": {"x": ["y"]}}},
    {"source": ["aws.s3"], "detail": {"count": [1]}},
    {"detail": {"$or": [{"count": [1]}, {"count": [2]}]}},
]


@pytest.mark.parametrize("pattern", YES, ids=json.dumps)
def test_matches(pattern):
    assert matches(pattern, EVENT)


@pytest.mark.parametrize("pattern", NO, ids=json.dumps)
def test_does_not_match(pattern):
    assert not matches(pattern, EVENT)


@given(st.lists(st.text("ab*\\.", max_size=4)), st.text("ab*\\."))
def test_a_wildcard_is_what_lies_between_its_stars(parts, filling):
    escaped = [part.replace("\\", "\\\\").replace("*", "\\*") for part in parts]
    assert wildcard(filling.join(parts), "*".join(escaped))
    assert wildcard("".join(parts), "".join(escaped))
    assert not wildcard("".join(parts) + "c", "".join(escaped))


def test_a_wildcard_with_many_stars_is_no_trap():
    assert not wildcard("a" * 5000 + "b", "*a" * 300 + "c")


def test_clients_may_ask(events):
    event = {
        "id": "1",
        "source": "a",
        "detail-type": "b",
        "account": "1",
        "time": "t",
        "region": "r",
        "resources": [],
        "detail": {},
    }
    for source, result in (("a", True), ("b", False)):
        told = events.test_event_pattern(EventPattern=json.dumps({"source": [source]}), Event=json.dumps(event))
        assert told["Result"] is result


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "not an object"),
        ('{"source": "a"}', "must be an object or an array"),
        ('{"source": []}', "Empty arrays"),
        ('{"detail": {}}', "Empty objects"),
        ('{"source": [{"like": "a"}]}', "Unrecognized match type like"),
        ('{"source": [{"numeric": ["~", 1]}]}', "numeric range operator: ~"),
        ('{"source": [{"numeric": [">"]}]}', "operators and numbers"),
        ('{"source": [{"exists": "yes"}]}', "true or false"),
        ('{"source": [{"cidr": "10.0.0"}]}', "CIDR"),
        ('{"source": [{"prefix": 1}]}', "must be a string"),
        ('{"source": [{"anything-but": {"numeric": [">", 1]}}]}', "anything-but"),
        ('{"source": [{"wildcard": "a**"}]}', "Consecutive wildcard"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused(events, pattern, reason):
    with pytest.raises(ClientError, match=reason) as refused:
        events.put_rule(Name="bad", EventPattern=pattern)
    assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"
