"""What a file of tests could leave behind in its process: changes to moto, child processes, and sockets that listen."""

import sys
import time
from inspect import isclass
from pathlib import Path
from types import FunctionType, MethodType

from moto.core.base_backend import BackendDict

OURS = "rehearsal."
# Changes how moto is imported, once and for good, and not what it does.
LASTING = "rehearsal.loading"
LISTENS = "0A"


def leftovers():
    """Return, in words, what there is now."""
    return {*changes_of_moto(), *children(), *listeners()}


def more_than(before, within):
    """Return what is there and was not before; what is ending may take so long."""
    deadline = time.monotonic() + within
    while (more := leftovers() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    return sorted(more)


def changes_of_moto():
    """Yield the names in moto behind which there is something of the rehearsal's."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("moto."):
            continue
        for attribute, value in list(vars(module).items()):
            if isclass(value) and value.__module__ == name:
                methods = [each for each, method in list(vars(value).items()) if is_ours(method)]
                yield from (f"{name}.{attribute}.{each}" for each in methods)
            elif is_ours(value):
                yield f"{name}.{attribute}"


def is_ours(value):
    """Tell whether it was made by the rehearsal: a class, a function, a method of either, or what holds one."""
    if isinstance(value, BackendDict):
        return is_ours(value.backend)
    if isinstance(value, dict):
        return any(is_ours(each) for each in list(value.values()) if callable(each))
    if not isinstance(value, type | FunctionType | MethodType | staticmethod | classmethod):
        return False
    return any(each.startswith(OURS) and each != LASTING for each in origins(value))


def origins(value):
    """Return the modules that it comes from."""
    if isinstance(value, MethodType):
        # What a class of ours inherits from moto counts as ours.
        return [*origins(value.__func__), getattr(value.__self__, "__module__", "")]
    if isclass(value):
        return [str(value.__module__)]
    # A wrapper says that it comes from where the wrapped one does; its globals tell better.
    return [getattr(getattr(value, "__func__", value), "__globals__", {}).get("__name__", "")]


def children():
    """Yield the processes that this one has started and that have not ended."""
    for listed in Path("/proc/self/task").glob("*/children"):
        for pid in listed.read_text().split():
            try:
                command = Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if command:
                yield f"process {pid}: {command}"


def listeners():
    """Yield the sockets of this process that listen."""
    held = set()
    for each in Path("/proc/self/fd").iterdir():
        try:
            held.add(str(each.readlink()))
        except OSError:
            continue
    for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == LISTENS and f"socket:[{words[9]}]" in held:
            address, _, port = words[1].partition(":")
            yield f"listening on {'.'.join(str(each) for each in reversed(bytes.fromhex(address)))}:{int(port, 16)}"
