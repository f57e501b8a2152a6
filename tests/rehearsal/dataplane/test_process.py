"""The data plane lives in a process of its own, and never longer than the one that started it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.dataplane.handle import DataPlane, DataPlaneError
from rehearsal.dataplane.snapshot import Balancer, FixedResponse, Listener, Rule, Snapshot
from tests.rehearsal.dataplane.apps import wait_for

PARENT = """
import time
from rehearsal.dataplane.handle import DataPlane
plane = DataPlane()
plane.start()
print(plane.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def own():
    plane = DataPlane()
    plane.start()
    yield plane
    plane.stop()


def hello(port=0, fallbacks=(0,), host="127.0.0.1"):
    listener = Listener("listener", port, (Rule(fixed=FixedResponse(200, body="hello")),), fallbacks=fallbacks)
    return Snapshot("scope", (Balancer("balancer", host, (listener,)),))


def ask(bound):
    with socket.create_connection((bound.host, bound.port), 30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return connection.makefile("rb").read()


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_its_parent_is_killed(blow):
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.send_signal(blow)
        assert wait_for(lambda: gone(pid), 3)


def test_stopping_ends_it(own):
    pid = own.pid
    own.stop()
    assert gone(pid)
    with pytest.raises(DataPlaneError, match="not running"):
        own.counters()


def test_after_a_crash_the_listeners_are_back_and_the_crash_is_known(own):
    bound = own.apply(hello(port=free_port()))["listener"]
    pid = own.pid
    os.kill(pid, signal.SIGKILL)
    assert own.wait(lambda: own.incidents, 60) == ["the data plane ended with status -9"]
    assert own.counters().balancers["balancer"].requests == 0
    assert own.pid != pid
    assert ask(bound).endswith(b"hello")


def test_one_that_crashes_again_and_again_is_given_up(own):
    for times in range(1, 4):
        pid = own.pid
        os.kill(pid, signal.SIGKILL)
        assert own.wait(lambda times=times: len(own.incidents) == times, 60)
        own.wait(lambda pid=pid, times=times: times == 3 or (own._child and own._child.pid != pid), 60)
    with pytest.raises(DataPlaneError, match="ended 3 times, last with status -9"):
        own.apply(hello())


def test_a_port_that_is_taken_is_replaced_and_the_cause_is_said(own):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bound = own.apply(hello(port))["listener"]
    assert bound.requested == port
    assert bound.port not in (0, port)
    assert bound.note == f"port {port} of 127.0.0.1: another program uses it"
    assert ask(bound).endswith(b"hello")
    assert own.listeners() == [bound]


def test_a_listener_that_cannot_be_bound_at_all_says_why(own):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bound = own.apply(hello(port, fallbacks=()))["listener"]
    assert (bound.port, bound.error) == (0, f"port {port} of 127.0.0.1: another program uses it")


def test_a_snapshot_that_cannot_be_put_in_force_is_an_error_where_it_was_asked_for(own):
    listener = Listener("listener", 0, (Rule(fixed=FixedResponse(200)),), kind="unknown")
    with pytest.raises(DataPlaneError, match="unknown"):
        own.apply(Snapshot("scope", (Balancer("balancer", "127.0.0.1", (listener,)),)))
    assert ask(own.apply(hello())["listener"]).endswith(b"hello")


def test_several_scopes_do_not_disturb_each_other(own):
    bound = own.apply(hello())["listener"]
    own.apply(Snapshot("elsewhere"))
    assert ask(bound).endswith(b"hello")
    own.apply(Snapshot("scope"))
    with pytest.raises(ConnectionRefusedError):
        ask(bound)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
