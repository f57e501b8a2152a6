"""What is no request is refused, and never reaches a target."""

import pytest

from rehearsal.dataplane.snapshot import FixedResponse, Rule

GOOD = b"GET / HTTP/1.1\r\nHost: x\r\n"
REFUSED = {
    "no HTTP at all": (b"hello\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GOOD + b"Host: y\r\n\r\n", 400),
    "a space before the colon": (GOOD + b"A : b\r\n\r\n", 400),
    "a header on two lines": (GOOD + b"A: b\r\n c\r\n\r\n", 400),
    "a bare line feed": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "a null byte": (GOOD + b"A: b\0c\r\n\r\n", 400),
    "a target that is no path": (b"GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a length that is no number": (GOOD + b"Content-Length: 1x\r\n\r\n", 400),
    "two lengths": (GOOD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "a length and chunks": (GOOD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a bad chunk": (GOOD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "tracing": (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a line that is too long": (b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "an endless line": (b"GET /" + b"x" * 17_000, 414),
    "a header that is too long": (GOOD + b"A: " + b"x" * 17_000 + b"\r\n\r\n", 400),
    "a head that is too long": (GOOD + (b"A: " + b"x" * 8000 + b"\r\n") * 9 + b"\r\n", 400),
    "too many proxies": (GOOD + b"X-Forwarded-For: " + b", ".join([b"10.0.0.1"] * 31) + b"\r\n\r\n", 463),
    "an unknown coding": (GOOD + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
}


@pytest.mark.parametrize(("request_bytes", "status"), REFUSED.values(), ids=REFUSED)
def test_refused(plane, request_bytes, status):
    (app,) = plane.serving("app")
    answer = plane.raw(request_bytes)
    assert answer.startswith(b"HTTP/1.1 %d" % status)
    assert b"Server: awselb/2.0\r\n" in answer
    assert b"Connection: close\r\n" in answer
    assert [request for request in app.requests if request[0] != "GET"] == []


def test_a_client_that_sends_half_a_request_is_told_so(plane):
    plane.attributes = {"idle_timeout": 0.3}
    plane.serving("app")
    assert plane.raw(b"GET / HT").startswith(b"HTTP/1.1 408 ")
    assert plane.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nxx").startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed_without_a_word(plane):
    plane.attributes = {"idle_timeout": 0.3}
    plane.serving("app")
    assert plane.raw(b"") == b""


def test_the_reason_for_an_early_end_can_be_read_while_uploading(plane):
    plane.rules = (Rule(fixed=FixedResponse(403, body="no")),)
    plane.put()
    body = b"x" * 3_000_000
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    assert plane.raw(request + body).endswith(b"\r\n\r\nno")
