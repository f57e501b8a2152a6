"""Starts the greeter: `python3 -m greeter`, on the port that PORT names."""

import os
import signal
import sys
import threading

from greeter.server import Server
from greeter.version import Version


def main() -> int:
    """Serve until asked to stop, then let the requests in flight finish."""
    port = os.environ.get("PORT", "8080")
    if not port.isdecimal() or int(port) > 65535:
        print(f"PORT is {port!r}; it must be a number up to 65535", file=sys.stderr)
        return 2
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    version = Version.installed()
    with Server((os.environ.get("BIND_HOST", ""), int(port)), version) as server:
        print(f"greeter {version.version} listens on port {server.server_port}", flush=True)
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        stop.wait()
        server.drain()
    print("greeter has answered everyone and stops", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
