"""Tiny applications behind the load balancer, each with a thread and a port of its own."""

import asyncio
import json
import socket
import threading

from rehearsal.dataplane.snapshot import Endpoint


class App:
    """Answers every request with what it was sent; paths and switches make it misbehave."""

    def __init__(self, name="app"):
        self.name = name
        self.status = 200
        self.connections = 0
        self.requests = []
        self.carriers = set()  # the connections that they came on
        self.written = 0
        self.close_after = None  # seconds after a response until the connection is closed without a word
        self.released = threading.Event()
        self._ready = threading.Event()
        self._talks = set()
        self.open = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.port = 0

    def start(self, port=0):
        self.port = port
        self._thread.start()
        assert self._ready.wait(60)
        return self

    @property
    def endpoint(self):
        return Endpoint("127.0.0.1", self.port)

    @property
    def key(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        if self._thread.is_alive():
            self.released.set()
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(60)

    async def _serve(self):
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        with socket.create_server(("127.0.0.1", self.port)) as listening:
            listening.setblocking(False)
            self.port = listening.getsockname()[1]
            # asyncio's own server would lose a connection that arrives while it is closed.
            self._loop.add_reader(listening, self._accept, listening)
            self._ready.set()
            await self._end.wait()
            self._loop.remove_reader(listening)
        while talks := asyncio.all_tasks() - {asyncio.current_task()}:
            for writer in list(self.open):
                writer.transport.abort()
            await asyncio.wait(talks, timeout=0.1)
        await asyncio.sleep(0)  # the transports' own last words

    def _accept(self, listening):
        connection, _ = listening.accept()
        talk = asyncio.create_task(self._talk(connection))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, connection):
        reader, writer = await asyncio.open_connection(sock=connection)
        self.connections += 1
        self.open.add(writer)
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                await self._answer(head, reader, writer)
                await writer.drain()
                if self.close_after is not None and "ELB-HealthChecker" not in head:
                    await asyncio.sleep(self.close_after)
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def _answer(self, head, reader, writer):
        first, *lines = head.split("\r\n")[:-2]
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self._body(reader, headers, path)
        special = {
            "/stream": self._stream,
            "/flood": self._flood,
            "/hold": self._hold,
            "/vanish": self._vanish,
            "/half": self._half,
            "/garbage": self._garbage,
            "/until-close": self._until_close,
            "/upgrade": self._upgrade,
            "/early": self._early,
        }.get(path.partition("?")[0])
        if "ELB-HealthChecker" not in headers.get("user-agent", ""):
            self.requests.append((method, path, headers))
            self.carriers.add(writer)
        if special:
            await special(reader, writer, method)
            return
        said = {"app": self.name, "method": method, "path": path, "headers": headers, "body": len(body), "raw": first}
        text = json.dumps(said).encode()
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(text)}\r\nX-App: {self.name}\r\n\r\n".encode())
        if method != "HEAD":
            writer.write(text)

    async def _body(self, reader, headers, path):
        if path == "/early":
            return b""
        if path == "/deaf":
            await asyncio.to_thread(self.released.wait)
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return body
        return await reader.readexactly(int(headers.get("content-length", 0)))

    async def _stream(self, reader, writer, method):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-App: %s\r\n\r\n" % self.name.encode())
        for number in range(5):
            writer.write(b"6;x=y\r\npart-%d\r\n" % number)
            await writer.drain()
            await asyncio.sleep(0.02)
        writer.write(b"0\r\nX-Trailer: yes\r\n\r\n")

    async def _flood(self, reader, writer, method):
        piece = b"x" * 65536
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(piece) * 800))
        for _ in range(800):
            writer.write(piece)
            await writer.drain()
            self.written += len(piece)

    async def _hold(self, reader, writer, method):
        await asyncio.to_thread(self.released.wait)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nheld")

    async def _vanish(self, reader, writer, method):
        raise ConnectionError

    async def _half(self, reader, writer, method):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        raise ConnectionError

    async def _garbage(self, reader, writer, method):
        writer.write(b"this is not HTTP\r\n\r\n")

    async def _until_close(self, reader, writer, method):
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nall of it")
        await writer.drain()
        raise ConnectionError

    async def _early(self, reader, writer, method):
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    async def _upgrade(self, reader, writer, method):
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nwelcome")
        while data := await reader.read(1024):
            writer.write(data.upper())


def wait_for(happened, seconds=60):
    turn = threading.Event()
    return any(happened() or turn.wait(0.01) for _ in range(int(seconds * 100)))
