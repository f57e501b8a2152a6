"""What the rehearsal's load balancer carries on one core, and what clients notice of a hundred flips.

    python -m bench.dataplane [--seconds N] [--flips N] [--json]

The data plane is bound to one processor core; the target and the load, each a process of its own, get the others if
there are any. Small responses over 8, 16 and 32 connections that stay open, as fast as they are answered; `wrk`
measures the same where it is installed. The processor time that a request took is printed too: it says more on a busy
machine. Then production moves back and forth between two groups under 200 requests a second, from clients that keep
their connection, upload, or read slow streams. Exits with 1 when a figure misses its target.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rehearsal.dataplane.handle import DataPlane
from rehearsal.dataplane.snapshot import Balancer, Endpoint, Group, Listener, Rule, Share, Snapshot

LEAST_RATE = 1500.0
MOST_P99 = 0.020
CONNECTIONS = (8, 16, 32)
FLIP_PAUSE = 0.05
# Twelve requests a second from each of 16 clients, and less from the streaming ones.
CLIENTS = ["get"] * 12 + ["upload"] * 4 + ["stream"] * 4
PAUSE = 0.08
REQUESTS = {
    "get": b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n",
    "upload": b"POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
    "stream": b"GET /stream HTTP/1.1\r\nHost: bench\r\n\r\n",
}


class Target(asyncio.Protocol):
    """Answers at once with a few bytes, or with a slow stream."""

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = int(found[1]) if (found := re.search(rb"(?i)content-length: (\d+)", head)) else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            if head.startswith(b"GET /stream"):
                self.transport.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                self.stream(5)
            else:
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")

    def stream(self, left):
        if left:
            self.transport.write(b"5\r\npiece\r\n")
            asyncio.get_running_loop().call_later(0.02, self.stream, left - 1)
        else:
            self.transport.write(b"0\r\n\r\n")


class Asker(asyncio.Protocol):
    """Asks again as soon as it is answered."""

    def __init__(self, times, wrong):
        self.times, self.wrong = times, wrong

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        self.asked = time.perf_counter()
        self.transport.write(REQUESTS["get"])

    def data_received(self, data):
        self.times.append(time.perf_counter() - self.asked)
        if not data.startswith(b"HTTP/1.1 200 ") or not data.endswith(b"hello"):
            self.wrong.append(data.decode("latin-1"))
        self.ask()


async def serve():
    """Be the target: print the port and serve until killed."""
    server = await asyncio.get_running_loop().create_server(Target, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def flood(port, connections, seconds):
    """Be the load: as much as is answered."""
    times, wrong = [], []
    for _ in range(connections):
        await asyncio.get_running_loop().create_connection(lambda: Asker(times, wrong), "127.0.0.1", port)
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    rate = len(times) / (time.perf_counter() - started)
    cuts = statistics.quantiles(times, n=100)
    print(json.dumps({"rate": rate, "p50": cuts[49], "p99": cuts[98], "failed": len(wrong)}))


async def visit(port, seconds):
    """Be the clients: a steady number of requests, and what went wrong with them."""
    counts = {"requests": 0, "failed": 0, "reset": 0}
    ending = time.perf_counter() + seconds
    await asyncio.gather(*(_client(port, kind, counts, ending) for kind in CLIENTS))
    print(json.dumps(counts))


async def _client(port, kind, counts, ending):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < ending:
        counts["requests"] += 1
        try:
            writer.write(REQUESTS[kind])
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readuntil(b"0\r\n\r\n") if kind == "stream" else await reader.readexactly(5)
            whole = body.count(b"piece") == 5 if kind == "stream" else body == b"hello"
            counts["failed"] += not (whole and head.startswith(b"HTTP/1.1 200 "))
        except (OSError, asyncio.IncompleteReadError):
            counts["reset"] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(PAUSE)
    writer.close()


def role(*arguments, cores=()):
    """Start this file in one of its other roles."""
    command = [sys.executable, "-m", "bench.dataplane", "--as", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if cores:
        os.sched_setaffinity(process.pid, cores)
    return process


def said(process):
    """What a process that ends by itself has printed."""
    return json.loads(process.communicate()[0])


def wrk(port, connections, seconds, cores):
    """The same load by wrk."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", f"http://127.0.0.1:{port}/"]
    pin = ["taskset", "-c", ",".join(map(str, sorted(cores)))] if cores and shutil.which("taskset") else []
    text = subprocess.run([*pin, *command], capture_output=True, text=True, check=True).stdout
    units = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
    found = {name: re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", text) for name in ("50", "99")}
    p50, p99 = (float(match[1]) * units[match[2]] for match in found.values())
    failed = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses|connect|read|write|timeout):? (\d+)", text)))
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), "p50": p50, "p99": p99, "failed": failed}


class Bench:
    """A data plane in front of two targets."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.others = set(cores[1:]) or set(cores)
        self.plane = DataPlane()
        self.plane.start()
        os.sched_setaffinity(self.plane.pid, cores[:1])
        self.targets = [role("serve", cores=self.others) for _ in range(2)]
        ports = [int(target.stdout.readline()) for target in self.targets]
        self.groups = tuple(
            Group(name, (Endpoint("127.0.0.1", port),)) for name, port in zip(("blue", "green"), ports, strict=True)
        )
        self.flip("blue", "green")
        self.plane.wait(lambda: all(self.healthy(group.id) for group in self.groups), 10)

    def healthy(self, group):
        return any(verdict.state == "healthy" for verdict in self.plane.health(group).values())

    def flip(self, live, idle):
        """Let the first listener lead to one group and the second to the other; return how long that took."""
        listeners = tuple(
            Listener(name, 0, (Rule(forward=(Share(group),)),)) for name, group in (("live", live), ("idle", idle))
        )
        started = time.perf_counter()
        bound = self.plane.apply(Snapshot("bench", (Balancer("bench", "127.0.0.1", listeners),), self.groups))
        self.port = bound["live"].port
        return time.perf_counter() - started

    def floods(self, seconds):
        rows = {}
        for connections in CONNECTIONS:
            before, counted = self.busy()
            rows[f"{connections} connections"] = said(role("flood", self.port, connections, seconds, cores=self.others))
            after, total = self.busy()
            rows[f"{connections} connections"]["cpu"] = (after - before) / (total - counted)
            if shutil.which("wrk"):
                rows[f"{connections} connections, wrk"] = wrk(self.port, connections, seconds, self.others)
        return rows

    def busy(self):
        """Seconds of processor time that the data plane has had, and the requests that it has served."""
        nanoseconds = int(Path(f"/proc/{self.plane.pid}/schedstat").read_text().split()[0])
        return nanoseconds / 1e9, self.plane.counters().balancers["bench"].requests

    def flips(self, number):
        clients = role("visit", self.port, number * FLIP_PAUSE + 1, cores=self.others)
        time.sleep(0.5)
        taken = []
        for _, sides in zip(range(number), itertools.cycle([("green", "blue"), ("blue", "green")]), strict=False):
            taken.append(self.flip(*sides))
            time.sleep(FLIP_PAUSE)
        return {"flips": number, "in_force": statistics.median(taken), **said(clients)}

    def close(self):
        for target in self.targets:
            target.kill()
            target.communicate()
        self.plane.stop()


def missed(rows, flips):
    """What is not as it must be."""
    for name, row in rows.items():
        if row["rate"] < LEAST_RATE:
            yield f"{name}: {row['rate']:.0f} requests/s, at least {LEAST_RATE:.0f} wanted"
        if row["p99"] > MOST_P99:
            yield f"{name}: p99 {row['p99'] * 1000:.1f} ms, at most {MOST_P99 * 1000:.0f} ms wanted"
        if row["failed"]:
            yield f"{name}: {row['failed']} requests failed"
    if flips["failed"] or flips["reset"]:
        yield f"{flips['failed']} requests failed and {flips['reset']} were reset during {flips['flips']} flips"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--flips", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if os.getloadavg()[0] > len(os.sched_getaffinity(0)):
        print(f"the machine is busy (load {os.getloadavg()[0]:.1f}): expect worse figures", file=sys.stderr)
    bench = Bench()
    try:
        rows, flips = bench.floods(options.seconds), bench.flips(options.flips)
    finally:
        bench.close()
    faults = list(missed(rows, flips))
    if options.json:
        print(json.dumps({"ok": not faults, "load": rows, "flips": flips, "missed": faults}))
    else:
        show(rows, flips, faults)
    return 1 if faults else 0


def show(rows, flips, faults):
    for name, row in rows.items():
        times = f"p50 {row['p50'] * 1000:5.2f} ms   p99 {row['p99'] * 1000:5.2f} ms"
        cpu = f"   {row['cpu'] * 1e6:.0f} us of processor each" if "cpu" in row else ""
        print(f"{name:20} {row['rate']:7.0f} requests/s   {times}   {row['failed']} failed{cpu}")
    figures = f"{flips['requests']} requests, {flips['failed']} failed, {flips['reset']} reset"
    print(f"{flips['flips']} flips, each in force after {flips['in_force'] * 1000:.1f} ms: {figures}")
    for fault in faults:
        print(f"missed: {fault}", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as"]:
        name, *numbers = sys.argv[2:]
        asyncio.run(
            {"serve": serve, "flood": flood, "visit": visit}[name](*(float(n) if "." in n else int(n) for n in numbers))
        )
    else:
        sys.exit(main())
