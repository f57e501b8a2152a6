"""Targets that are missing, slow, broken or gone."""

import socket
import threading

import pytest

from rehearsal.dataplane.snapshot import Endpoint
from tests.rehearsal.dataplane.apps import wait_for


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Endpoint("127.0.0.1", probe.getsockname()[1])


def counters(plane):
    return plane.process.counters().balancers[f"{plane.scope}/balancer"]


def test_no_targets(plane):
    plane.forward(plane.group("empty"))
    plane.put()
    status, body = plane.get()
    assert status == 503
    assert b"503 Service Temporarily Unavailable" in body
    assert counters(plane).elb_503 == 1


def test_a_target_that_does_not_listen(plane):
    plane.forward(plane.group("group", closed_port()))
    plane.put()
    assert plane.get()[0] == 502
    assert counters(plane).elb_502 == 1


@pytest.mark.parametrize("path", ["/vanish", "/garbage"])
def test_a_target_that_does_not_answer_in_http(plane, path):
    plane.serving("app")
    client = plane.client()
    assert plane.get(path, client=client)[0] == 502
    assert plane.get(client=client)[0] == 200
    client.close()


def test_a_response_that_breaks_off_is_seen_as_such(plane):
    plane.serving("app")
    answer = plane.raw(b"GET /half HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"Content-Length: 100\r\n" in answer
    assert answer.endswith(b"half")


def test_a_target_that_takes_too_long(plane):
    plane.attributes = {"idle_timeout": 0.3}
    (app,) = plane.serving("app")
    client = plane.client()
    assert plane.get("/hold", client=client)[0] == 504
    app.released.set()
    assert plane.get(client=client)[0] == 200
    client.close()
    assert counters(plane).elb_504 == 1


def test_all_unhealthy_means_all_are_tried(plane):
    (app,) = plane.serving("app")
    app.status = 500
    assert plane.process.wait(lambda: plane.state("group", app) == "unhealthy", 60)
    assert plane.get()[0] == 500


def test_an_unhealthy_target_is_not_asked_while_another_is_healthy(plane):
    _, bad = plane.serving("good", "bad")
    bad.status = 500
    assert plane.process.wait(lambda: plane.state("group", bad) == "unhealthy", 60)
    assert {plane.get()[1]["app"] for _ in range(10)} == {"good"}


def test_a_target_that_is_killed_comes_out_of_rotation(plane):
    _, bad = plane.serving("good", "bad")
    bad.stop()
    assert plane.process.wait(lambda: plane.state("group", bad) == "unhealthy", 60)
    assert {plane.get()[0] for _ in range(10)} == {200}


def test_a_client_that_leaves_is_counted_and_frees_the_target(plane):
    (app,) = plane.serving("app")
    connection = plane.connect()
    connection.sendall(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wait_for(lambda: app.requests)
    connection.close()
    assert wait_for(lambda: counters(plane).clients_gone == 1)


@pytest.mark.parametrize("pause", [0, 0.01])
def test_a_target_that_closes_idle_connections_causes_no_errors(plane, pause):
    (app,) = plane.serving("app")
    app.close_after = pause
    statuses = []

    def ask():
        client = plane.client()
        statuses.extend(plane.get(client=client)[0] for _ in range(40))
        client.close()

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(20)
    assert statuses == [200] * 160
