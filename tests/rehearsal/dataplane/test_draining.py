"""A deregistered target finishes what it has, gets nothing new, and is cut off when its time is over."""

import time

from tests.rehearsal.dataplane.apps import wait_for


def holding(plane, delay):
    """Two targets, of which one has a request under way and has just been deregistered."""
    old, new = plane.app("old"), plane.app("new")
    plane.forward(plane.group("group", old, deregistration_delay=delay))
    plane.put()
    plane.healthy("group", old)
    connection = plane.connect()
    connection.sendall(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wait_for(lambda: old.requests)
    plane.group("group", new, deregistration_delay=delay)
    plane.put()
    return old, new, connection


def test_a_request_under_way_finishes_and_new_ones_go_elsewhere(plane):
    old, _, connection = holding(plane, 30)
    assert plane.state("group", old) == "draining"
    assert not plane.process.drained(plane.arn("group"), old.key)
    assert {plane.get()[1]["app"] for _ in range(5)} == {"new"}
    old.released.set()
    assert connection.recv(65536).endswith(b"held")
    assert plane.process.wait(lambda: plane.process.drained(plane.arn("group"), old.key), 60)
    assert plane.state("group", old) == "draining"
    connection.close()


def test_what_has_not_finished_when_the_delay_is_over_is_cut_off(plane):
    old, _, connection = holding(plane, 0.3)
    assert connection.recv(65536).startswith(b"HTTP/1.1 502 ")
    assert plane.process.wait(lambda: plane.state("group", old) == "", 60)
    connection.close()


def test_a_response_that_has_begun_is_cut_off_too(plane):
    (app,) = plane.serving("app")
    with plane.connect() as connection:
        connection.sendall(b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert connection.recv(65536)
        plane.group("group", deregistration_delay=0.2)
        plane.put()
        began = time.monotonic()
        while connection.recv(65536):
            pass
        assert 0.1 < time.monotonic() - began < 3
    assert app.requests


def test_idle_connections_to_a_deregistered_target_are_closed_at_once(plane):
    (app,) = plane.serving("app")
    assert plane.get()[0] == 200
    assert wait_for(lambda: app.open)
    plane.group("group", deregistration_delay=30)
    plane.put()
    assert wait_for(lambda: not app.open)
    assert plane.process.drained(plane.arn("group"), app.key)


def test_a_target_registered_again_while_draining_serves_again(plane):
    (app,) = plane.serving("app")
    plane.group("group", deregistration_delay=30)
    plane.put()
    assert plane.get()[0] == 503
    plane.group("group", app)
    plane.put()
    plane.healthy("group", app)
    assert plane.get()[0] == 200
    assert not plane.process.drained(plane.arn("group"), app.key)


def test_a_deleted_group_is_forgotten_after_its_delay(plane):
    (app,) = plane.serving("app")
    plane.group("group", app, deregistration_delay=0.1)
    plane.put()
    plane.rules = ()
    plane.groups = {}
    plane.forward(plane.group("other"))
    plane.put()
    assert plane.process.wait(lambda: plane.health("group") == {}, 60)
