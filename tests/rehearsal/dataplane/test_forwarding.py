"""What a target is sent, and what the client gets back."""

import contextlib
import re
import socket
import subprocess
import time

import pytest

END = b"Connection: close\r\n\r\n"


def test_a_target_is_told_where_the_request_came_from(plane):
    plane.serving("app")

    status, said = plane.get("/path?query=1", Host="Shop.Example", X_Custom="kept", X_Forwarded_For="10.0.0.1")

    headers = said["headers"]
    assert status == 200
    assert said["raw"] == "GET /path?query=1 HTTP/1.1"
    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-port"] == str(plane.bound.port)
    assert headers["host"] == f"shop.example:{plane.bound.port}"
    assert headers["x-custom"] == "kept"
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["x-amzn-trace-id"])
    assert "connection" not in headers


def test_a_trace_that_has_begun_is_continued(plane):
    plane.serving("app")
    root = "Root=1-67891233-abcdef012345678912345678"
    trace = plane.get(X_Amzn_Trace_Id=root)[1]["headers"]["x-amzn-trace-id"]
    assert re.fullmatch(rf"Self=1-[0-9a-f]{{8}}-[0-9a-f]{{24}};{root}", trace)


@pytest.mark.parametrize(
    ("mode", "seen"), [("append", "10.9.8.7, 127.0.0.1"), ("preserve", "10.9.8.7"), ("remove", None)]
)
def test_forwarded_for_follows_the_attribute(plane, mode, seen):
    plane.attributes = {"forwarded_for": mode}
    plane.serving("app")
    assert plane.get(X_Forwarded_For="10.9.8.7")[1]["headers"].get("x-forwarded-for") == seen


def test_attributes_concerning_headers(plane):
    plane.attributes = {"client_port": True, "preserve_host": True, "drop_invalid": True}
    plane.serving("app")
    headers = plane.get(Host="Shop.Example", **{"odd.name": "x"})[1]["headers"]
    assert headers["host"] == "Shop.Example"
    assert re.fullmatch(r"127\.0\.0\.1:\d+", headers["x-forwarded-for"])
    assert "odd.name" not in headers


def test_connections_are_kept_on_both_sides(plane):
    (app,) = plane.serving("app")
    client = plane.client()
    sockets = set()
    for _ in range(10):
        assert plane.get(client=client)[0] == 200
        sockets.add(client.sock)
    client.close()
    assert len(sockets) == 1
    assert len(app.carriers) == 1


def test_what_concerns_a_connection_is_not_passed_on(plane):
    plane.serving("app")
    headers = plane.get(Connection="keep-alive, X-Hop", X_Hop="mine", Keep_Alive="timeout=5", TE="trailers")[1][
        "headers"
    ]
    assert not {"connection", "x-hop", "keep-alive", "te"} & headers.keys()


def test_head_has_no_body(plane):
    plane.serving("app")
    client = plane.client()
    client.request("HEAD", "/")
    response = client.getresponse()
    assert int(response.headers["Content-Length"]) > 0
    assert response.read() == b""
    assert plane.get(client=client)[0] == 200
    client.close()


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_an_upload_of_known_length_arrives_whole(plane, size):
    plane.serving("app")
    client = plane.client()
    client.request("POST", "/", body=b"x" * size)
    assert f'"body": {size}'.encode() in client.getresponse().read()
    assert plane.get(client=client)[0] == 200
    client.close()


def test_an_upload_in_chunks_arrives_as_it_is_sent(plane):
    plane.serving("app")
    client = plane.client()
    client.request("POST", "/", body=iter([b"one", b"two", b"x" * 100_000]), encode_chunked=True)
    assert b'"body": 100006' in client.getresponse().read()
    client.close()


def test_a_download_in_chunks_is_passed_on_as_it_comes(plane):
    plane.serving("app")
    with plane.connect() as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        pieces = [connection.recv(65536)]
        while not pieces[-1].endswith(b"\r\n\r\n") or len(pieces) < 2:
            pieces.append(connection.recv(65536))
    assert len(pieces) >= 5
    assert b"".join(pieces).endswith(b"6;x=y\r\npart-4\r\n0\r\nX-Trailer: yes\r\n\r\n")


def test_a_client_of_http_1_0_gets_chunks_joined(plane):
    plane.serving("app")
    head, _, body = plane.raw(b"GET /stream HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body == b"part-0part-1part-2part-3part-4"


def test_a_client_of_http_1_0_may_keep_its_connection(plane):
    plane.serving("app")
    request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    answer = plane.raw(request + request + b"GET / HTTP/1.0\r\n\r\n")
    assert re.findall(rb"\r\nConnection: ([a-z-]+)\r\n", answer) == [b"keep-alive", b"keep-alive", b"close"]


def test_a_response_without_a_length_ends_with_the_connection(plane):
    plane.serving("app")
    answer = plane.raw(b"GET /until-close HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"Connection: close\r\n\r\nall of it")


def test_expect_is_answered_at_once_and_not_passed_on(plane):
    (app,) = plane.serving("app")
    with plane.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" + END)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert b'"body": 5' in connection.makefile("rb").read()
    assert "expect" not in app.requests[-1][2]


def test_requests_sent_ahead_are_answered_in_order(plane):
    plane.serving("app")
    ahead = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(50))
    answer = plane.raw(ahead + b"POST /50 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n" + END + b"end")
    assert re.findall(rb'"path": "/(\d+)"', answer) == [b"%d" % number for number in range(51)]


def test_a_request_may_arrive_in_any_pieces(plane):
    plane.serving("app")
    request = b"\r\nPOST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + END + b"3\r\nabc\r\n0\r\n\r\n"
    with plane.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for index in range(len(request)):
            connection.sendall(request[index : index + 1])
        assert b'"body": 3' in connection.makefile("rb").read()


def test_a_slow_client_slows_the_target_down(plane):
    (app,) = plane.serving("app")
    with plane.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.sendall(b"GET /flood HTTP/1.1\r\nHost: x\r\n" + END)
        written = -1
        while written != app.written or not written:
            written = app.written
            time.sleep(0.1)
        assert written < 20_000_000  # of 52 MB: what the kernel's buffers take
        received = len(connection.makefile("rb").read())
    assert received > 65536 * 800


def test_a_slow_target_slows_the_client_down(plane):
    (app,) = plane.serving("app")
    size = 50_000_000
    with plane.connect() as connection:
        connection.sendall(b"POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % size + END)
        connection.settimeout(0.3)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < size:
                sent += connection.send(b"x" * 65536)
        assert sent < 20_000_000
        app.released.set()
        connection.settimeout(10)
        connection.sendall(b"x" * (size - sent))
        assert b'"body": 50000000' in connection.makefile("rb").read()


def test_a_web_socket_passes_both_ways(plane):
    plane.serving("app")
    with plane.connect() as connection:
        connection.sendall(
            b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly"
        )
        stream = connection.makefile("rb")
        assert stream.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
        while stream.readline() != b"\r\n":
            pass
        assert stream.read(12) == b"welcomeEARLY"
        connection.sendall(b"and more")
        assert stream.read(8) == b"AND MORE"


def test_other_upgrades_are_not_offered_to_the_target(plane):
    plane.serving("app")
    headers = plane.get(Connection="Upgrade, HTTP2-Settings", Upgrade="h2c", HTTP2_Settings="AAMAAABk")[1]["headers"]
    assert not {"connection", "upgrade", "http2-settings"} & headers.keys()


def test_an_answer_before_the_upload_ended_reaches_the_client(plane):
    plane.serving("app")
    with plane.connect() as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 10)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
        connection.sendall(b"x" * 99990 + b"GET /next HTTP/1.1\r\nHost: x\r\n" + END)
        assert b'"path": "/next"' in connection.makefile("rb").read()


def test_curl(plane, tmp_path):
    plane.serving("app")
    upload = tmp_path / "upload"
    upload.write_bytes(b"x" * 2_000_000)
    url = f"http://127.0.0.1:{plane.bound.port}"
    command = ["curl", "-sS", "--fail", "-T", upload, f"{url}/put", "--next", "-sS", "-I", f"{url}/head"]
    output = subprocess.run(command, capture_output=True, check=True, text=True, timeout=20).stdout
    assert '"body": 2000000' in output
    assert "X-App: app" in output
