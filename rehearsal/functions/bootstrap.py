"""What a function's process runs: reads events from a pipe, calls the handler, writes results to another.

Only the standard library is imported here, and little of it, since every cold start waits for it.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Message = dict[str, Any]


class InitError(Exception):
    """The handler could not be found or imported."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Context:
    """The second argument of a handler."""

    def __init__(self, call: Message) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id = call["request_id"]
        self.invoked_function_arn = call["arn"]
        self.client_context = call.get("client_context")
        self.identity = None
        self._deadline = call["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))


class RequestFormatter(logging.Formatter):
    """Log lines as Lambda's own runtime writes them."""

    converter = staticmethod(time.gmtime)
    request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        record.aws_request_id = self.request_id
        return super().format(record)


def find_handler(name: str) -> Callable[[Any, Context], Any]:
    module_name, dot, function = name.rpartition(".")
    if not dot:
        text = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise InitError("Runtime.MalformedHandlerName", text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise InitError("Runtime.ImportModuleError", text) from error
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        raise InitError("Runtime.UserCodeSyntaxError", text) from error
    if not hasattr(module, function):
        raise InitError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    found: Callable[[Any, Context], Any] = getattr(module, function)
    return found


def described(error: Exception, request_id: str) -> Message:
    """Return an exception as the caller of the function sees it, without the frames of this file."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
    return {
        "errorMessage": str(error),
        "errorType": getattr(error, "kind", type(error).__name__),
        "requestId": request_id,
        "stackTrace": [] if isinstance(error, InitError) else traceback.format_list(own),
    }


def answer(handler: Callable[[Any, Context], Any], call: Message, formatter: RequestFormatter) -> Message:
    formatter.request_id = call["request_id"]
    try:
        result = handler(json.loads(call["payload"]), Context(call))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
        return failed(error, call["request_id"])
    try:
        return {"result": json.dumps(result)}
    except (TypeError, ValueError) as error:
        return failed(InitError("Runtime.MarshalError", f"Unable to marshal response: {error}"), call["request_id"])


def failed(error: Exception, request_id: str) -> Message:
    shape = described(error, request_id)
    stack = "".join(shape["stackTrace"])
    print(
        f"[ERROR] {shape['errorType']}: {shape['errorMessage']}"
        + (f"\nTraceback (most recent call last):\n{stack}" if stack else "")
    )
    return {"error": shape}


def kill_at(plan: str) -> None:
    """End this process at its k-th call of an AWS API, before it is made or after it was answered."""
    when, _, number = plan.partition(":")
    seen = [0]

    def count(**_: object) -> None:
        seen[0] += 1
        if seen[0] == int(number):
            sys.stdout.flush()
            os._exit(86)

    session = importlib.import_module("botocore.session").Session
    create = session.create_client

    def create_client(self: Any, *args: Any, **kwargs: Any) -> Any:
        client = create(self, *args, **kwargs)
        client.meta.events.register(f"{when}-call.*.*" if when == "before" else "after-call.*.*", count)
        return client

    session.create_client = create_client


def prepare() -> RequestFormatter:
    sys.path[:] = [*os.environ["REHEARSAL_PATHS"].split(os.pathsep), *sys.path[1:]]
    formatter = RequestFormatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    printer = logging.StreamHandler(sys.stdout)
    printer.setFormatter(formatter)
    logging.getLogger().addHandler(printer)
    plan = os.environ.pop("REHEARSAL_KILL_AT", "")
    if plan:
        kill_at(plan)
    return formatter


def main() -> None:
    # The handler must not read what is meant for us, nor write where results go.
    calls = os.fdopen(os.dup(0), "r", encoding="utf-8")
    results = os.fdopen(int(os.environ.pop("REHEARSAL_RESULTS")), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)

    def tell(message: Message) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        results.write(json.dumps(message) + "\n")
        results.flush()

    formatter = prepare()
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
        tell(failed(error, ""))
        return
    tell({"ready": True})
    for line in calls:
        tell(answer(handler, json.loads(line), formatter))


main()
