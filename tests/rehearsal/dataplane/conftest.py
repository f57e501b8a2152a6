import http.client
import itertools
import json
import socket

import pytest

from rehearsal.dataplane.handle import DataPlane
from rehearsal.dataplane.snapshot import Balancer, Group, HealthCheck, Listener, Rule, Share, Snapshot
from tests.rehearsal.dataplane.apps import App

numbers = itertools.count()


@pytest.fixture(scope="module")
def process():
    plane = DataPlane()
    plane.start()
    yield plane
    plane.stop()
    assert plane.incidents == []


@pytest.fixture
def plane(process):
    """A scope of its own on the shared data plane."""
    world = World(process, f"scope-{next(numbers)}")
    yield world
    world.close()


class World:
    """One load balancer with one listener in front of target groups, described in few words."""

    def __init__(self, process, scope):
        self.process = process
        self.scope = scope
        self.rules = ()
        self.groups = {}
        self.attributes = {}
        self.certificates = ()
        self._apps = []

    def group(self, name, *apps, check=None, **settings):
        """Make this a target group of these applications."""
        fast = check or HealthCheck(interval=0.2, timeout=1, healthy=2, unhealthy=2)
        targets = tuple(getattr(app, "endpoint", app) for app in apps)
        self.groups[name] = Group(self.arn(name), targets, fast, **settings)
        return name

    def arn(self, name):
        return f"{self.scope}/{name}"

    def app(self, name="app"):
        """Start an application that ends with the test."""
        self._apps.append(App(name).start())
        return self._apps[-1]

    def serving(self, *names):
        """Applications as healthy targets of one group behind the listener."""
        apps = [self.app(name) for name in names]
        self.forward(self.group("group", *apps))
        self.put()
        self.healthy("group", *apps)
        return apps

    def forward(self, *shares):
        """Send everything to these groups."""
        self.rules = (Rule(forward=self.shares(*shares)),)

    def shares(self, *shares):
        pairs = (share if isinstance(share, tuple) else (share, 1) for share in shares)
        return tuple(Share(self.arn(name), weight) for name, weight in pairs)

    def put(self):
        """Put what was described in force."""
        listener = Listener(f"{self.scope}/listener", 0, self.rules, certificates=self.certificates)
        balancer = Balancer(f"{self.scope}/balancer", "127.0.0.1", (listener,), **self.attributes)
        snapshot = Snapshot(self.scope, (balancer,), tuple(self.groups.values()))
        self.bound = self.process.apply(snapshot)[listener.id]
        return self.bound

    def close(self):
        self.process.apply(Snapshot(self.scope))
        for app in self._apps:
            app.stop()

    def health(self, name):
        return self.process.health(self.arn(name))

    def state(self, name, app):
        verdict = self.health(name).get(app.key)
        return verdict.state if verdict else ""

    def healthy(self, name, *apps):
        assert self.process.wait(lambda: all(self.state(name, app) == "healthy" for app in apps), 60)

    def connect(self, timeout=30):
        return socket.create_connection(("127.0.0.1", self.bound.port), timeout)

    def client(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.bound.port, timeout=timeout)

    def get(self, path="/", *, client=None, **headers):
        """Return the status and what the application says it was sent."""
        connection = client or self.client()
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        body = response.read()
        if client is None:
            connection.close()
        return response.status, json.loads(body) if body.startswith(b"{") else body

    def raw(self, data):
        """Send bytes as they are and return everything that comes back until the connection ends."""
        with self.connect() as connection:
            connection.sendall(data)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer
