"""Which rule a request meets, and what the rule does with it."""

from collections import Counter

import pytest

from rehearsal.dataplane.snapshot import Condition, FixedResponse, Redirect, Rule
from tests.rehearsal.dataplane.apps import wait_for

PATH, HOST, HEADER, METHOD = "path-pattern", "host-header", "http-header", "http-request-method"


def met(plane, condition, path="/", method="GET", **headers):
    """Whether a request meets the condition."""
    hit, miss = FixedResponse(200, body="hit"), FixedResponse(404, body="miss")
    plane.rules = (Rule((condition,), fixed=hit), Rule(fixed=miss))
    plane.put()
    client = plane.client()
    client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    status = client.getresponse().status
    client.close()
    return status == 200


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/img/*", "/img/a/b.png", True),
        ("/img/*", "/img/", True),
        ("/img/*", "/img", False),
        ("/img/*", "/IMG/a", False),
        ("*", "/anything?at=all", True),
        ("/v?/*", "/v2/x", True),
        ("/v?/*", "/v10/x", False),
        ("/a.b", "/axb", False),
        ("/exact", "/exact?query=1", True),
        ("/(x|y)+$", "/(x|y)+$", True),
    ],
)
def test_paths(plane, pattern, path, expected):
    assert met(plane, Condition(PATH, ("/never", pattern)), path) is expected


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("*.example.com", "shop.example.com", True),
        ("*.example.com", "SHOP.Example.com:8080", True),
        ("*.example.com", "example.com", False),
        ("SHOP.example.com", "shop.example.com", True),
        ("127.0.0.?", "127.0.0.1", True),
    ],
)
def test_hosts(plane, pattern, host, expected):
    assert met(plane, Condition(HOST, (pattern,)), Host=host) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("*Chrome*", "Mozilla chrome/1", True),
        ("*Chrome*", "curl", False),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
    ],
)
def test_headers(plane, pattern, value, expected):
    assert met(plane, Condition(HEADER, (pattern,), name="User-Agent"), User_Agent=value) is expected


@pytest.mark.parametrize(
    ("key", "value", "path", "expected"),
    [
        ("version", "v1", "/?version=v1", True),
        ("version", "v1", "/?other=1&VERSION=V1", True),
        ("version", "v*", "/?version=v2", True),
        ("version", "v1", "/?version=v2", False),
        ("", "v1", "/?any=v1", True),
        ("", "*", "/", False),
    ],
)
def test_queries(plane, key, value, path, expected):
    assert met(plane, Condition("query-string", (value,), keys=(key,)), path) is expected


def test_methods_are_compared_as_they_are(plane):
    assert met(plane, Condition(METHOD, ("POST", "PUT")), method="PUT")
    assert not met(plane, Condition(METHOD, ("POST",)), method="GET")


def test_sources(plane):
    assert met(plane, Condition("source-ip", ("10.0.0.0/8", "127.0.0.0/8")))
    assert not met(plane, Condition("source-ip", ("10.0.0.0/8",)), X_Forwarded_For="10.0.0.1")


def test_the_first_rule_whose_conditions_are_all_met_decides(plane):
    both = (Condition(PATH, ("/a*",)), Condition(METHOD, ("GET",)))
    answers = [FixedResponse(200, body=body) for body in ("both", "path", "default")]
    plane.rules = (Rule(both, fixed=answers[0]), Rule(both[:1], fixed=answers[1]), Rule(fixed=answers[2]))
    plane.put()
    assert [plane.get(path)[1] for path in ("/ab", "/b")] == [b"both", b"default"]
    client = plane.client()
    client.request("DELETE", "/ab")
    assert client.getresponse().read() == b"path"
    client.close()


def test_a_fixed_response_is_what_the_rule_says(plane):
    plane.rules = (Rule(fixed=FixedResponse(418, "application/json", '{"a":"é"}')),)
    plane.put()
    client = plane.client()
    for method, body in [("GET", '{"a":"é"}'.encode()), ("HEAD", b"")]:
        client.request(method, "/")
        response = client.getresponse()
        assert (response.status, response.headers["Content-Type"]) == (418, "application/json")
        assert response.headers["Content-Length"] == "10"
        assert response.read() == body
    client.close()


@pytest.mark.parametrize(
    ("redirect", "location"),
    [
        (Redirect(301), "http://shop.example:{port}/a/b?c=d"),
        (Redirect(302, protocol="HTTPS", port="443"), "https://shop.example:443/a/b?c=d"),
        (
            Redirect(302, host="new.#{host}", path="/x/#{path}", query="#{query}&e=f"),
            "http://new.shop.example:{port}/x/a/b?c=d&e=f",
        ),
        (Redirect(301, path="/", query=""), "http://shop.example:{port}/"),
    ],
)
def test_redirects(plane, redirect, location):
    plane.rules = (Rule(redirect=redirect),)
    plane.put()
    client = plane.client()
    client.request("GET", "/a/b?c=d", headers={"Host": "shop.example:1234"})
    response = client.getresponse()
    response.read()
    client.close()
    assert response.status == redirect.status
    assert response.headers["Location"] == location.format(port=plane.bound.port)


def test_weights_are_kept_exactly_in_every_run_of_requests(plane):
    blue, green = plane.app("blue"), plane.app("green")
    plane.forward((plane.group("blue", blue), 9), (plane.group("green", green), 1))
    plane.put()
    plane.healthy("blue", blue)
    plane.healthy("green", green)
    client = plane.client()
    for _ in range(3):
        assert Counter(plane.get(client=client)[1]["app"] for _ in range(10)) == {"blue": 9, "green": 1}
    plane.forward(("blue", 0), ("green", 1))
    plane.put()
    assert {plane.get(client=client)[1]["app"] for _ in range(10)} == {"green"}
    plane.forward(("blue", 0), ("green", 0))
    plane.put()
    assert plane.get(client=client)[0] == 503
    client.close()


def test_targets_of_a_group_take_turns(plane):
    plane.serving("a", "b", "c")
    assert Counter(plane.get()[1]["app"] for _ in range(9)) == {"a": 3, "b": 3, "c": 3}


def test_the_least_busy_target_is_chosen_when_asked_for(plane):
    busy, free = plane.app("busy"), plane.app("free")  # which is which shows below
    plane.forward(plane.group("group", busy, free, algorithm="least_outstanding_requests"))
    plane.put()
    plane.healthy("group", busy, free)
    with plane.connect() as connection:
        connection.sendall(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wait_for(lambda: busy.requests or free.requests)
        other = "free" if busy.requests else "busy"
        assert {plane.get()[1]["app"] for _ in range(6)} == {other}


def test_a_target_that_has_just_become_healthy_is_spared_when_asked_for(plane):
    old, new = plane.app("old"), plane.app("new")
    new.status = 500
    plane.forward(plane.group("group", old, new, slow_start=30))
    plane.put()
    plane.healthy("group", old)
    assert plane.process.wait(lambda: plane.state("group", new) == "unhealthy", 60)
    new.status = 200
    plane.healthy("group", new)
    assert Counter(plane.get()[1]["app"] for _ in range(20))["new"] <= 5
