import io
import itertools
import json
import textwrap
import zipfile

import pytest

from rehearsal import eventbus, functions
from rehearsal.functions import asynchronous, seam
from tests.support import engines

numbers = itertools.count()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with engines.running(tmp_path_factory.mktemp("state"), eventbus, functions) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def role(cloud):
    made = cloud.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=engines.trust("lambda"))
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
        lambdas.create_function(FunctionName=name, Code=code, **{"Role": role, **settings})
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
