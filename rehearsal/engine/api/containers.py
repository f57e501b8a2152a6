"""Containers: make, start, watch, stop, remove."""

from __future__ import annotations

import contextlib
import json
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

from rehearsal.engine import clock, views
from rehearsal.engine.containers import end_quietly, selected
from rehearsal.engine.errors import BadRequestError, ConflictError
from rehearsal.engine.logs import FRAME, STDERR, STDOUT, Selection
from rehearsal.engine.request import RAW_STREAM, Reply, Request, answer, done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.engine.container import Container
    from rehearsal.engine.engine import Engine
    from rehearsal.engine.program import Program

PIECE = 1 << 16
LOOK_AROUND = 1.0


def create(engine: Engine, request: Request) -> Reply:
    """Make a container."""
    made = engine.containers.create(request.json(), request.text("name"))
    return answer({"Id": made.id, "Warnings": []}, HTTPStatus.CREATED)


def list_all(engine: Engine, request: Request) -> Reply:
    """List the containers."""
    found = selected(engine.containers.all(), request.filters(), stopped=request.flag("all"))
    limit = int(request.number("limit", 0) or 0)
    return answer([views.container_row(each) for each in (found[:limit] if limit > 0 else found)])


def inspect(engine: Engine, request: Request) -> Reply:
    """Tell all about a container."""
    return answer(views.container(engine.containers.find(request.name)))


def start(engine: Engine, request: Request) -> Reply:
    """Start a container."""
    engine.containers.find(request.name).start()
    return done()


def stop(engine: Engine, request: Request) -> Reply:
    """Stop a container."""
    engine.containers.find(request.name).stop(request.number("t"))
    return done()


def restart(engine: Engine, request: Request) -> Reply:
    """Stop a container if it runs, and start it."""
    container = engine.containers.find(request.name)
    end_quietly(container, request.number("t"))
    container.start()
    return done()


def kill(engine: Engine, request: Request) -> Reply:
    """Send a container a signal."""
    container = engine.containers.find(request.name)
    try:
        container.kill(request.text("signal"))
    except ConflictError as error:
        raise ConflictError(f"Cannot kill container: {request.name}: {error}") from error
    return done()


def rename(engine: Engine, request: Request) -> Reply:
    """Give a container another name."""
    engine.containers.rename(engine.containers.find(request.name), request.text("name"))
    return done()


def remove(engine: Engine, request: Request) -> Reply:
    """Remove a container."""
    engine.containers.remove(engine.containers.find(request.name), force=request.flag("force"))
    return done()


def prune(engine: Engine, request: Request) -> Reply:
    """Remove all containers that do not run."""
    filters = request.filters()
    gone = [each for each in selected(engine.containers.all(), filters, stopped=True) if not each.is_running]
    for each in gone:
        engine.containers.remove(each, force=False)
    return answer({"ContainersDeleted": [each.id for each in gone], "SpaceReclaimed": 0})


def wait(engine: Engine, request: Request) -> Reply:
    """Answer when a container has ended, with its exit code."""
    container = engine.containers.find(request.name)
    condition = _ended(container, request.text("condition") or "not-running")

    def pieces() -> Iterator[bytes]:
        # An empty piece first: clients are told at once that the wait has begun.
        yield b""
        while not container.wait_until(condition, LOOK_AROUND):
            if request.is_gone():
                return
        yield json.dumps({"StatusCode": container.exit_code, "Error": None}).encode() + b"\n"

    return Reply(pieces=pieces())


def logs(engine: Engine, request: Request) -> Reply:
    """Give what a container wrote, and what it writes as long as it runs if the client asks for that."""
    container = engine.containers.find(request.name)
    streams = {stream for name, stream in (("stdout", STDOUT), ("stderr", STDERR)) if request.flag(name)}
    if not streams:
        raise BadRequestError("you must choose at least one stream")
    tail = request.text("tail", "all")
    wanted = Selection(
        frozenset(streams),
        clock.since_epoch(request.text("since")),
        clock.since_epoch(request.text("until")),
        int(tail) if tail.isdecimal() else -1,
    )
    found = container.log.read(wanted, follow=request.flag("follow"), is_gone=request.is_gone)
    with_moment = request.flag("timestamps")
    pieces = (line.framed(with_moment=with_moment) for line in found)
    return Reply(content_type=RAW_STREAM, pieces=pieces)


def attach(engine: Engine, request: Request) -> Reply:
    """Connect a client to what a container writes, and to its input."""
    container = engine.containers.find(request.name)
    streams = {stream for name, stream in (("stdout", STDOUT), ("stderr", STDERR)) if request.flag(name)}
    # What was written before belongs to a client only if it asks for it.
    tail = -1 if request.flag("logs") else 0
    if request.flag("stream") and not container.is_running:
        container.log.open()

    def take_over(taken: Request) -> None:
        if request.flag("stdin") and container.config["OpenStdin"]:
            threading.Thread(target=_feed, args=(container, taken), name="attached-input", daemon=True).start()
        found = container.log.read(
            Selection(frozenset(streams), tail=tail), follow=request.flag("stream"), is_gone=lambda: False
        )
        with contextlib.suppress(OSError):
            for line in found:
                taken.connection.sendall(line.framed(with_moment=False))

    return Reply(content_type=RAW_STREAM, takeover=take_over)


def create_exec(engine: Engine, request: Request) -> Reply:
    """Prepare a program for a container that runs."""
    made = engine.execs.create(engine.containers.find(request.name), request.json())
    return answer({"Id": made.id}, HTTPStatus.CREATED)


def start_exec(engine: Engine, request: Request) -> Reply:
    """Start such a program, and connect the client to it unless it wants to be detached."""
    found = engine.execs.find(request.name)
    if request.json().get("Detach"):
        found.start()
        return done(HTTPStatus.OK)

    def take_over(taken: Request) -> None:
        found.start()
        if found.wishes.get("AttachStdin"):
            threading.Thread(target=_pass_input, args=(found.program, taken), daemon=True).start()
        with contextlib.suppress(OSError):
            for stream, piece in found.output():
                taken.connection.sendall(FRAME.pack(stream, len(piece)) + piece)

    return Reply(content_type=RAW_STREAM, takeover=take_over)


def inspect_exec(engine: Engine, request: Request) -> Reply:
    """Tell about such a program."""
    return answer(engine.execs.find(request.name).told())


def _ended(container: Container, condition: str) -> Callable[[], bool]:
    if condition == "not-running":
        return lambda: not container.is_running
    if condition == "removed":
        return lambda: container.status == "removed"
    if condition == "next-exit":
        starts = container.starts + (not container.is_running)
        return lambda: container.starts >= starts and not container.is_running
    raise BadRequestError(f"invalid condition: {condition!r}")


def _feed(container: Container, taken: Request) -> None:
    container.wait_until(lambda: container.is_running)
    _pass_input(container.program, taken)


def _pass_input(program: Program | None, taken: Request) -> None:
    if program is None:
        return
    with contextlib.suppress(OSError):
        while data := taken.connection.recv(PIECE):
            program.feed(data)
    program.feed(b"")
