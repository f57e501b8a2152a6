"""An engine that vanishes while services run."""

import os
import signal

import pytest

from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.server import Server, Settings
from tests.rehearsal.ecs.conftest import REGION, furnished
from tests.rehearsal.ecs.samples import fetch, forgive, until


@pytest.fixture
def lonely():
    with Server(Settings(region=REGION, engine="embedded")) as server:
        yield furnished(server)
        assert server.cloud.workers.failures == []
    forgive()


def test_services_say_so_and_come_back_with_the_engine(lonely):
    group, url = lonely.group()
    name = lonely.service(lonely.definition("v1"), group, count=2)
    lonely.stable(name)
    before = {task["taskArn"] for task in lonely.tasks(name)}
    os.kill(lonely.server.engine._embedded.pid, signal.SIGKILL)
    words = "was unable to place a task. Reason: The container engine on "
    until(lambda: any(words in said for said in lonely.said(name)), told=lambda: lonely.story(name))
    until(lambda: lonely.described(name)["runningCount"] == 0)
    assert {task["taskArn"] for task in lonely.tasks(name, "STOPPED")} >= before
    assert fetch(url)[0] == 503
    warden, folder = lonely.cloud.warden, lonely.cloud.state / "engine"
    back = EmbeddedEngine(warden, folder)
    try:
        assert back.docker_host == lonely.cloud.docker_host
        until(lambda: lonely.described(name)["runningCount"] == 2, told=lambda: lonely.story(name))
        until(lambda: fetch(url) == (200, "v1"))
    finally:
        lonely.delete(name)
        back.stop()
