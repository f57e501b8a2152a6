"""Some engines of the rehearsal behind a server of moto's, in this process."""

import json
from contextlib import ExitStack, contextmanager
from inspect import signature
from threading import Thread

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from rehearsal.cloud import Cloud
from rehearsal.front import Handler
from rehearsal.warden.handle import Warden

REGION = "eu-west-1"
PATIENCE = 30


def trust(*services):
    """Return the trust policy of a role that services of AWS may take on."""
    principal = {"Service": [f"{each}.amazonaws.com" for each in services]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def serve(cloud):
    """Serve what is installed, and return what ends that."""
    services = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, services, threaded=True, request_handler=Handler)
    cloud.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()

    def end():
        server.shutdown()
        thread.join()
        server.server_close()

    return end


@contextmanager
def served(cloud):
    """Serve what is installed; its background work must end, and have gone well."""
    with ExitStack() as ends:
        ends.callback(serve(cloud))
        yield
        assert cloud.workers.stop(PATIENCE) == []
    assert cloud.workers.failures == []


@contextmanager
def running(state, *engines):
    """Run engines, and see to it that they leave nothing behind; the first is stopped last."""
    cloud = Cloud(REGION, state)
    cloud.warden = Warden(grace=0.5)
    with served(cloud), ExitStack() as stops:
        for engine in engines:
            engine.install(cloud)
            stops.callback(stop, engine, cloud)
        yield cloud
    assert cloud.warden.stop() == []


def stop(engine, cloud):
    """Stop an engine, whether or not it wants to be told which cloud's."""
    engine.stop(*[cloud][: len(signature(engine.stop).parameters)])
