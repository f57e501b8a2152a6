"""Some engines of the rehearsal behind a server of moto's, in this process."""

import json
from contextlib import ExitStack, contextmanager
from inspect import signature

from moto.core.base_backend import BackendDict
from moto.server import ThreadedMotoServer

from rehearsal.cloud import Cloud
from rehearsal.warden.handle import Warden

REGION = "eu-west-1"


def trust(*services):
    """Return the trust policy of a role that services of AWS may take on."""
    principal = {"Service": [f"{each}.amazonaws.com" for each in services]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def serve(cloud):
    """Serve what is installed, and return the server."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    cloud.endpoint = "http://{}:{}".format(*server.get_host_and_port())
    return server


@contextmanager
def running(state, *engines):
    """Run engines, and see to it that they leave nothing behind; the first is stopped last."""
    cloud = Cloud(REGION, state)
    cloud.warden = Warden(grace=0.5)
    BackendDict.reset()
    with ExitStack() as stops:
        for engine in engines:
            engine.install(cloud)
            stops.callback(stop, engine, cloud)
        server = serve(cloud)
        yield cloud
    assert cloud.workers.stop(5) == []
    server.stop()
    assert cloud.warden.stop() == []
    assert cloud.workers.failures == []


def stop(engine, cloud):
    """Stop an engine, whether or not it wants to be told which cloud's."""
    engine.stop(*[cloud][: len(signature(engine.stop).parameters)])
