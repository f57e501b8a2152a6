"""A file of tests that leaves something behind is told what."""

import socket
import subprocess

from rehearsal import codebuild
from rehearsal.cloud import Cloud
from rehearsal.iam import managed
from tests.support.leftovers import leftovers, more_than


def test_nothing_is_left_where_nothing_was_done():
    assert more_than(leftovers(), within=0) == []


def test_a_service_of_motos_that_is_still_ours_is_found(tmp_path):
    before = leftovers()
    codebuild.install(Cloud("eu-west-1", tmp_path))
    try:
        found = more_than(before, within=0)
    finally:
        codebuild.stop()
    assert {"moto.codebuild.models.codebuild_backends", "moto.codebuild.urls.url_paths"} <= set(found)
    assert more_than(before, within=0) == []


def test_a_method_of_motos_that_is_wrapped_is_found():
    before = leftovers()
    managed.install()
    try:
        found = more_than(before, within=0)
    finally:
        managed.remove()
    assert "moto.iam.models.IAMBackend.attach_role_policy" in found


def test_a_process_that_runs_on_is_found():
    before = leftovers()
    with subprocess.Popen(["sleep", "60"]) as process:
        assert [each.endswith("sleep 60 ") for each in more_than(before, within=0)] == [True]
        process.kill()
    assert more_than(before, within=0) == []


def test_a_socket_that_listens_is_found():
    before = leftovers()
    with socket.create_server(("127.0.0.2", 0)) as listening:
        assert more_than(before, within=0) == [f"listening on 127.0.0.2:{listening.getsockname()[1]}"]
    assert more_than(before, within=0) == []
