"""Containers: from their making to their removal, the same on both engines.

Long because one subject, the life of a container, against two engines.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import docker
import pytest

from tests.support.docker_engine import output_of

from .conftest import LABEL, MARK, Site, soon

if TYPE_CHECKING:
    from pathlib import Path

SH = ["/bin/busybox", "sh", "-c"]
# Says when it is ready, ends on SIGTERM with a code of its own, and does nothing meanwhile.
PATIENT = "trap 'echo bye; exit 3' TERM; echo ready; while :; do /bin/busybox sleep 0.02; done"
STUBBORN = "trap '' TERM; echo ready; while :; do /bin/busybox sleep 0.02; done"


@pytest.fixture
def shell(site: Site, busybox: Path) -> str:
    return site.shell(busybox)


def ready(container: Any) -> Any:
    soon(lambda: b"ready" in container.logs())
    return container


def test_a_container_has_a_life(site: Site, shell: str) -> None:
    container = site.client.containers.create(shell, [*SH, PATIENT], labels=MARK, name=f"life-{site.kind}-{id(site)}")
    assert container.attrs["State"]["Status"] == "created"
    assert container.attrs["State"]["StartedAt"] == "0001-01-01T00:00:00Z"
    assert container.attrs["Path"] == "/bin/busybox"
    container.start()
    container.reload()
    assert container.attrs["State"]["Running"]
    assert container.attrs["State"]["Pid"] > 0
    ready(container).stop(timeout=20)
    container.reload()
    state = container.attrs["State"]
    assert (state["Status"], state["Running"], state["Pid"], state["ExitCode"]) == ("exited", False, 0, 3)
    assert state["FinishedAt"] > state["StartedAt"] > container.attrs["Created"]
    assert container.logs() == b"ready\nbye\n"
    container.restart(timeout=0)
    assert site.client.containers.get(container.name).status == "running"
    container.remove(force=True)
    with pytest.raises(docker.errors.NotFound, match=f"No such container: {container.id}"):
        container.reload()


def test_what_is_run_is_the_clients_wish_over_the_images(site: Site, shell: str) -> None:
    image = site.image(
        f"FROM {shell}\nENV A=image B=image\nWORKDIR /tmp\n"
        'ENTRYPOINT ["/bin/busybox", "sh", "-c"]\nCMD ["echo $A $B $C; pwd"]\n'
    )
    run = site.client.containers.run
    [name] = image.tags
    lines = run(name, environment={"B": "mine", "C": "mine"}, remove=True).decode().split("\n")
    assert lines[0] == "image mine mine"
    assert lines[1].endswith("/tmp")
    assert run(name, ["echo other"], remove=True) == b"other\n"
    assert run(name, ["echo", "x y"], entrypoint="/bin/busybox", remove=True) == b"x y\n"
    assert run(name, ["pwd"], working_dir="/bin", remove=True).decode().strip().endswith("/bin")


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (["nonsense-program"], 127, 'exec: "nonsense-program": executable file not found in $PATH'),
        (["/no/such"], 127, 'exec: "/no/such": stat /no/such: no such file or directory'),
        (["/bin"], 126, 'exec: "/bin": permission denied'),
    ],
)
def test_a_program_that_cannot_be_started_is_said_so(
    site: Site, shell: str, command: list[str], code: int, message: str
) -> None:
    container = site.client.containers.create(shell, command, labels=MARK)
    answer = site.call("POST", f"/v1.41/containers/{container.id}/start")
    assert answer.status == 400
    assert message in answer.message
    container.reload()
    assert (container.status, container.attrs["State"]["ExitCode"]) == ("created", code)
    assert message in container.attrs["State"]["Error"]
    container.remove()


def test_a_program_for_another_machine_ends_at_once(site: Site, shell: str) -> None:
    image = site.image(f"FROM {shell}\nCOPY program.sh /program\n", {"program.sh": b"\x7fELF" + b"\1" * 60})
    container = site.run(image, ["/program"])
    assert container.wait()["StatusCode"] in (1, 126, 255)
    assert b"exec /program: exec format error" in container.logs()


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_exit_codes(site: Site, shell: str, script: str, code: int) -> None:
    container = site.run(shell, [*SH, script])
    expected = 0 if site.kind == "docker" and "kill" in script else code
    # The first process of a real container does not feel its own kill.
    assert container.wait()["StatusCode"] in {code, expected}


def test_a_stubborn_container_is_killed(site: Site, shell: str) -> None:
    container = ready(site.run(shell, [*SH, STUBBORN]))
    begun = time.monotonic()
    container.stop(timeout=1)
    assert 0.9 < time.monotonic() - begun < 8
    container.reload()
    assert container.attrs["State"]["ExitCode"] == 137


def test_the_stop_signal_is_the_images(site: Site, shell: str) -> None:
    image = site.image(f"FROM {shell}\nSTOPSIGNAL SIGUSR1\n")
    script = "trap 'echo usr1; exit 5' USR1; echo ready; while :; do /bin/busybox sleep 0.02; done"
    container = ready(site.run(image, [*SH, script]))
    container.stop(timeout=20)
    container.reload()
    assert container.attrs["State"]["ExitCode"] == 5


@pytest.mark.parametrize(("signal", "code"), [("SIGKILL", 137), ("9", 137), ("TERM", 3)])
def test_signals(site: Site, shell: str, signal: str, code: int) -> None:
    container = ready(site.run(shell, [*SH, PATIENT]))
    container.kill(signal=signal)
    assert container.wait()["StatusCode"] == code


def test_the_end_of_the_first_program_is_the_end_of_all(site: Site, shell: str, tmp_path: Path) -> None:
    script = (
        "/bin/busybox setsid /bin/busybox sh -c 'while :; do echo still; /bin/busybox sleep 0.02; done' & sleep 0.2"
    )
    container = site.run(shell, [*SH, f"{script}; exit 6"])
    assert container.wait()["StatusCode"] == 6
    written = container.logs()
    time.sleep(0.2)
    assert container.logs() == written


@pytest.mark.parametrize("condition", ["not-running", "next-exit", "removed"])
def test_waiting(site: Site, shell: str, condition: str) -> None:
    container = ready(site.run(shell, [*SH, PATIENT]))
    codes: list[int] = []
    waiter = threading.Thread(target=lambda: codes.append(container.wait(condition=condition)["StatusCode"]))
    waiter.start()
    time.sleep(0.1)
    assert waiter.is_alive()
    container.stop(timeout=20)
    if condition == "removed":
        assert waiter.is_alive()
    container.remove()
    waiter.join(10)
    assert codes == [3]


def test_a_container_may_remove_itself(site: Site, shell: str) -> None:
    container = site.run(shell, [*SH, PATIENT], auto_remove=True)
    ready(container).stop(timeout=20)
    soon(lambda: site.call("GET", f"/v1.41/containers/{container.id}/json").status == 404)


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("POST", "/containers/ID/start", 304, ""),
        ("DELETE", "/containers/ID", 409, "You cannot remove a running container ID"),
        ("POST", "/containers/ID/rename?name=-", 400, "only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"),
        ("GET", "/containers/ID/logs", 400, "you must choose at least one stream"),
        ("POST", "/containers/ID/kill?signal=NONSENSE", 400, "Invalid signal: NONSENSE"),
        ("POST", "/containers/none/start", 404, "No such container: none"),
        ("GET", "/containers/none/logs?stdout=1", 404, "No such container: none"),
        ("DELETE", "/containers/none", 404, "No such container: none"),
    ],
)
def test_refusals_while_it_runs(site: Site, shell: str, method: str, path: str, status: int, message: str) -> None:
    container = site.run(shell, [*SH, PATIENT])
    answer = site.call(method, "/v1.41" + path.replace("ID", container.id))
    assert answer.status == status or status == 400 <= answer.status
    if message:
        assert message.replace("ID", container.id) in answer.message
    container.remove(force=True)


def test_refusals_when_it_has_ended(site: Site, shell: str) -> None:
    container = site.run(shell, ["/bin/busybox", "true"])
    container.wait()
    assert site.call("POST", f"/v1.41/containers/{container.id}/stop").status == 304
    answer = site.call("POST", f"/v1.41/containers/{container.id}/kill")
    assert (answer.status, answer.message) == (
        409,
        f"Cannot kill container: {container.id}: Container {container.id} is not running",
    )
    with pytest.raises(docker.errors.APIError, match="is not running"):
        container.exec_run(["/bin/busybox", "true"])


def test_names_are_unique_and_can_change(site: Site, shell: str) -> None:
    name = f"named-{site.kind}-{id(shell)}"
    container = site.client.containers.create(shell, ["x"], labels=MARK, name=name)
    with pytest.raises(docker.errors.APIError, match=f'The container name "/{name}" is already in use by container'):
        site.client.containers.create(shell, ["x"], name=name)
    container.rename(f"{name}-b")
    assert site.client.containers.get(f"{name}-b").id == container.id
    assert site.client.containers.get(container.id[:12]).id == container.id
    container.remove()


def test_what_cannot_be_made_is_refused(site: Site, shell: str) -> None:
    missing = site.call("POST", "/v1.41/containers/create", {"Image": "nobody"})
    assert (missing.status, missing.message) == (404, "No such image: nobody:latest")
    nothing = site.call("POST", "/v1.41/containers/create", {"Image": shell, "Cmd": []})
    assert (nothing.status, nothing.message) == (400, "No command specified")


def test_lists(site: Site, shell: str) -> None:
    ended = site.run(shell, [*SH, "exit 4"], labels={"which": "ended"})
    ended.wait()
    running = site.run(shell, [*SH, PATIENT], labels={"which": "running"})

    def listed(**filters: Any) -> set[str]:
        found = site.client.containers.list(all=True, filters={"label": [LABEL, "which"], **filters})
        return {each.labels["which"] for each in found if each.id in (ended.id, running.id)}

    assert listed() == {"ended", "running"}
    assert listed(status="running") == {"running"}
    assert listed(status="exited") == listed(exited=4) == {"ended"}
    assert listed(name=running.name) == {"running"}
    assert listed(id=running.id[:10]) == {"running"}
    assert listed(ancestor=shell) == {"ended", "running"}
    assert listed(label=[LABEL, "which=ended"]) == {"ended"}
    assert listed(network="bridge") >= {"running"}
    assert running.id in [each.id for each in site.client.containers.list()]
    assert ended.id not in [each.id for each in site.client.containers.list()]
    row = json.loads(site.call("GET", f'/v1.41/containers/json?all=1&filters={{"id":["{ended.id}"]}}').body)[0]
    assert (row["State"], row["Names"], row["Image"]) == ("exited", [f"/{ended.name}"], shell)
    assert row["Status"].startswith("Exited (4)")
    for each in (ended, running):
        each.remove(force=True)


# Output.


def test_logs_come_by_stream_with_moments_and_from_the_end(site: Site, shell: str) -> None:
    container = site.run(shell, [*SH, "echo one; echo two >&2; /bin/busybox sleep 0.02; echo three"])
    container.wait()
    assert sorted(container.logs().split()) == [b"one", b"three", b"two"]
    assert container.logs(stderr=False) == b"one\nthree\n"
    assert container.logs(stdout=False) == b"two\n"
    assert container.logs(tail=1) == b"three\n"
    assert container.logs(tail=0) == b""
    stamped = container.logs(stderr=False, timestamps=True).decode().splitlines()[0]
    moment, _, text = stamped.partition(" ")
    assert text == "one"
    assert moment.startswith("20")
    assert moment.endswith("Z")
    assert container.logs(since=int(time.time()) + 60) == b""
    assert container.logs(until=int(time.time()) - 60) == b""


def test_a_follower_gets_lines_as_they_come(site: Site, shell: str) -> None:
    container = site.run(shell, [*SH, PATIENT])
    stream = container.logs(stream=True, follow=True)
    assert next(stream) == b"ready\n"
    container.stop(timeout=20)
    assert list(stream) == [b"bye\n"]


def test_long_lines_and_bytes_that_are_no_text_survive(site: Site, shell: str) -> None:
    script = (
        "/bin/busybox head -c 50000 /dev/zero | /bin/busybox tr '\\0' x; echo; /bin/busybox printf '\\377\\001last'"
    )
    container = site.run(shell, [*SH, script])
    container.wait()
    # Docker keeps logs as text, and what is none is lost.
    assert container.logs().replace("\ufffd".encode(), b"\xff") == b"x" * 50_000 + b"\n\xff\x01last"


def test_a_run_returns_what_was_written(site: Site, shell: str) -> None:
    run = site.client.containers.run
    assert run(shell, [*SH, "echo out; echo err >&2"], remove=True) == b"out\n"
    assert run(shell, [*SH, "echo out; echo err >&2"], stdout=False, stderr=True, remove=True) == b"err\n"
    with pytest.raises(docker.errors.ContainerError, match="exit status 9: b'why"):
        run(shell, [*SH, "echo why >&2; exit 9"], remove=True)


# Programs in a container that runs.


def test_programs_are_run_in_it(site: Site, shell: str) -> None:
    container = ready(site.run(shell, [*SH, PATIENT], environment={"A": "1"}))
    code, output = container.exec_run([*SH, "echo $A $B; echo e >&2; exit 4"], environment={"B": "2"})
    assert (code, sorted(output.split())) == (4, [b"1", b"2", b"e"])
    _, apart = container.exec_run([*SH, "echo o; echo e >&2"], demux=True)
    assert apart == (b"o\n", b"e\n")
    _, stream = container.exec_run([*SH, "echo 1; echo 2"], stream=True)
    assert b"".join(stream) == b"1\n2\n"
    assert container.exec_run([*SH, "sleep 100"], detach=True).exit_code is None
    made = site.client.api.exec_create(container.id, [*SH, "exit 2"])
    assert site.client.api.exec_inspect(made)["Running"] is False
    site.client.api.exec_start(made)
    told = soon(lambda: (found := site.client.api.exec_inspect(made))["ExitCode"] is not None and found)
    assert (told["ExitCode"], told["Running"], told["ContainerID"]) == (2, False, container.id)
    assert site.call("GET", "/v1.41/exec/none/json").status == 404
    code, output = container.exec_run(["/no/such"])
    assert code in (126, 127)
    assert b"no such file or directory" in output
    container.remove(force=True)


# Its own files.


def test_what_one_container_writes_no_other_sees(site: Site, shell: str) -> None:
    image = site.image(f"FROM {shell}\nWORKDIR /data\nCOPY f .\n", {"f": "original"})
    script = "/bin/busybox cat f; echo; echo changed > f; echo new > g; /bin/busybox ls"
    for _ in range(2):
        assert output_of(site.client, image.tags[0], [*SH, script]) == b"original\nf\ng\n"


def test_what_a_container_wrote_is_there_when_it_starts_again(site: Site, shell: str) -> None:
    image = site.image(f"FROM {shell}\nWORKDIR /data\n")
    container = site.run(image, [*SH, "echo x >> f; /bin/busybox wc -l < f"])
    container.wait()
    container.start()
    container.wait()
    assert container.logs().split() == [b"1", b"2"]
    container.remove()


# Health.


def test_health_is_checked_as_the_image_says(site: Site, shell: str) -> None:
    image = site.image(
        f"FROM {shell}\nWORKDIR /data\n"
        "HEALTHCHECK --interval=100ms --timeout=5s --retries=2 CMD /bin/busybox test -e fit && echo fine\n"
    )
    container = site.run(image, [*SH, PATIENT])

    def status() -> str:
        container.reload()
        return str(container.attrs["State"]["Health"]["Status"])

    soon(lambda: status() == "unhealthy")
    container.exec_run([*SH, "echo > fit"])
    soon(lambda: status() == "healthy")
    health = container.attrs["State"]["Health"]
    assert (health["FailingStreak"], health["Log"][-1]["ExitCode"], health["Log"][-1]["Output"]) == (0, 0, "fine\n")
    assert container.id in [each.id for each in site.client.containers.list(filters={"health": "healthy"})]
    container.remove(force=True)
