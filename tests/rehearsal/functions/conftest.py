import io
import itertools
import json
import textwrap
import zipfile

import pytest
from moto.core.base_backend import BackendDict
from moto.server import ThreadedMotoServer

from rehearsal import eventbus, functions
from rehearsal.cloud import Cloud
from rehearsal.functions import asynchronous, seam
from rehearsal.warden.handle import Warden

numbers = itertools.count()
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    cloud = Cloud("eu-west-1", tmp_path_factory.mktemp("state"))
    cloud.warden = Warden(grace=0.5)
    BackendDict.reset()
    eventbus.install(cloud)
    functions.install(cloud)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    cloud.endpoint = "http://{}:{}".format(*server.get_host_and_port())
    yield cloud
    functions.stop()
    eventbus.stop(cloud)
    assert cloud.workers.stop(5) == []
    server.stop()
    assert cloud.warden.stop() == []
    assert cloud.workers.failures == []


@pytest.fixture(scope="module")
def role(cloud):
    made = cloud.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=TRUST)
    return made["Role"]["Arn"]


@pytest.fixture
def lambdas(cloud):
    return cloud.client("lambda")


@pytest.fixture
def fleet(cloud):
    return seam.fleet()


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr(asynchronous, "DELAYS", (0.05, 0.1))


def zipped(source, name="app.py", **others):
    """A zip with this module, and others by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, textwrap.dedent(source))
        for other, text in others.items():
            archive.writestr(other.replace("__", "."), text)
    return packed.getvalue()


@pytest.fixture
def make(lambdas, role):
    """Make a function of some Python and return a caller of it."""
    made = []

    def function(source, name="", **settings):
        name = name or f"fn-{next(numbers)}"
        settings = {"Runtime": "python3.12", "Handler": "app.handler", "Timeout": 10, **settings}
        code = settings.pop("Code", None) or {"ZipFile": zipped(source)}
        lambdas.create_function(FunctionName=name, Role=role, Code=code, **settings)
        made.append(name)
        return Caller(lambdas, name)

    yield function
    for name in made:
        lambdas.delete_function(FunctionName=name)


class Caller:
    def __init__(self, lambdas, name):
        self.lambdas, self.name = lambdas, name

    def raw(self, event=None, **settings):
        return self.lambdas.invoke(FunctionName=self.name, Payload=json.dumps(event), **settings)

    def __call__(self, event=None, **settings):
        """The result, or the error."""
        return json.loads(self.raw(event, **settings)["Payload"].read())
