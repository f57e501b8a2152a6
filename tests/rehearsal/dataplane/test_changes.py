"""A change takes the next request; what is under way finishes where it began."""

import threading
import time

from rehearsal.dataplane.snapshot import Endpoint, Snapshot
from tests.rehearsal.dataplane.apps import wait_for


def two_sides(plane):
    blue, green = plane.app("blue"), plane.app("green")
    plane.forward(plane.group("blue", blue))
    plane.group("green", green)
    plane.put()
    plane.healthy("blue", blue)
    return blue, green


def flip(plane, *shares):
    plane.forward(*shares)
    plane.put()


def test_a_change_takes_the_next_request_of_a_connection_that_stays_open(plane):
    two_sides(plane)
    client = plane.client()
    assert plane.get(client=client)[1]["app"] == "blue"
    connection = client.sock
    for side in ("green", "blue", "green"):
        flip(plane, side)
        assert plane.get(client=client)[1]["app"] == side
    assert client.sock is connection
    client.close()


def test_a_request_under_way_finishes_on_its_target(plane):
    blue, _ = two_sides(plane)
    with plane.connect() as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(65536)
        flip(plane, "green")
        assert plane.get()[1]["app"] == "green"
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        rest = connection.makefile("rb").read()
    assert b"part-4\r\n0\r\n" in rest
    assert b'"app": "green"' in rest
    assert [path for _, path, _ in blue.requests] == ["/stream"]


class Load:
    """Clients that never stop asking, and what went wrong for them."""

    def __init__(self, plane, paths):
        self.plane, self.wrong, self.done = plane, [], 0
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(path,)) for path in paths]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._end.set()
        for thread in self._threads:
            thread.join(10)

    def _ask(self, path):
        client = self.plane.client()
        while not self._end.is_set():
            try:
                client.request(
                    "POST" if path == "/upload" else "GET", path, body=b"x" * 5000 if path == "/upload" else None
                )
                response = client.getresponse()
                body = response.read()
            except OSError as error:
                self.wrong.append(repr(error))
                continue
            self.done += 1
            if response.status != 200 or (path == "/stream" and not body.endswith(b"part-4")):
                self.wrong.append((response.status, body))
            self._end.wait(0.005)
        client.close()


def test_flips_under_load_fail_nothing(plane):
    blue, green = two_sides(plane)
    load = Load(plane, ["/", "/", "/upload", "/stream", "/stream"])
    for turn in range(20):
        flip(plane, ["green", "blue"][turn % 2])
        time.sleep(0.02)
    load.stop()
    assert load.wrong == []
    assert load.done > 40
    assert blue.requests
    assert green.requests


def test_a_listener_that_goes_lets_its_requests_finish(plane):
    (app,) = plane.serving("app")
    idle = plane.connect()
    with plane.connect() as connection:
        connection.sendall(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: app.requests)
        plane.process.apply(Snapshot(plane.scope, groups=tuple(plane.groups.values())))
        assert idle.recv(10) == b""
        app.released.set()
        assert connection.makefile("rb").read().endswith(b"Connection: close\r\n\r\nheld")
    idle.close()


def test_a_target_may_be_registered_under_two_ports(plane):
    one, two = plane.app("one"), plane.app("two")
    plane.forward(plane.group("group", one, Endpoint("127.0.0.1", two.port)))
    plane.put()
    plane.healthy("group", one, two)
    assert {plane.get()[1]["app"] for _ in range(4)} == {"one", "two"}
