import base64
import hashlib
import http.client
import io
import itertools
import json
from urllib.parse import urlsplit

import docker
import pytest
from moto.core.base_backend import BackendDict

from rehearsal import ecr
from rehearsal.cloud import Cloud
from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.iam.gate import Gate
from rehearsal.registry import installed
from rehearsal.registry.handle import Registry
from rehearsal.warden.handle import Warden
from tests.support.engines import served

numbers = itertools.count()
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"


class Bus:
    """Keeps what is announced."""

    def __init__(self):
        self.heard = []

    def emit(self, source, kind, detail, resources=(), region=None):
        self.heard.append((source, kind, detail, tuple(resources), region))


@pytest.fixture(scope="module")
def warden():
    own = Warden()
    yield own
    assert own.stop() == []


@pytest.fixture(scope="module")
def engine(warden, tmp_path_factory):
    """A client of an engine; it does not matter which, but one that keeps no credentials."""
    own = EmbeddedEngine(warden, tmp_path_factory.mktemp("engine") / "state")
    client = docker.DockerClient(base_url=own.docker_host, timeout=30)
    yield client
    client.close()
    own.stop()


@pytest.fixture(scope="module", params=["docker-registry", "embedded"])
def cloud(request, warden, tmp_path_factory):
    if request.param == "docker-registry" and not installed.PROGRAM:
        pytest.skip("docker-registry is not installed")
    cloud = Cloud("eu-west-1", tmp_path_factory.mktemp("state"))
    cloud.bus = Bus()
    cloud.images = Registry.start(warden, cloud.state / "registry", kind=request.param)
    cloud.gate = Gate(cloud)
    ecr.install(cloud)
    with served(cloud):
        yield cloud
    ecr.stop()
    cloud.images.stop()
    # The next registry begins without repositories.
    BackendDict.reset()


@pytest.fixture
def api(cloud):
    return cloud.client("ecr")


class Repository:
    """A repository, and an engine's requests about it."""

    def __init__(self, cloud, api, **settings):
        self.cloud, self.api, self.name = cloud, api, f"team/app-{next(numbers)}"
        self.described = api.create_repository(repositoryName=self.name, **settings)["repository"]
        self.uri = self.described["repositoryUri"]
        self.word = word(api)

    def call(self, method, path, body=None, *, as_=None, **headers):
        line = http.client.HTTPConnection(self.cloud.registry, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if as_ != "":
            named["Authorization"] = f"Basic {as_ or self.word}"
        try:
            line.request(method, path if path.startswith("/") else f"/v2/{self.name}/{path}", body, named)
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            line.close()

    def blob(self, content, **who):
        """Push a layer in two steps, the first of unknown length, and return its digest."""
        digest = digest_of(content)
        begun = self.call("POST", "blobs/uploads/", **who)
        assert begun.status == 202, begun
        more = self.call("PATCH", local(begun), io.BytesIO(content[:3]), Content_Type="application/octet-stream", **who)
        assert more.status == 202, more
        place = local(more)
        ended = self.call("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", content[3:], **who)
        assert ended.status == 201, ended
        return digest

    def manifest(self, text="a layer", **who):
        """Push the parts of an image, and return its manifest."""
        layer, config = text.encode(), json.dumps({"says": text}).encode()
        parts = [(self.blob(each, **who), len(each)) for each in (layer, config)]
        named = [{"digest": digest, "size": size, "mediaType": "x/y"} for digest, size in parts]
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": named[1], "layers": named[:1]}
        return json.dumps(document, indent=1).encode()

    def put(self, tag, manifest, kind=MANIFEST, **who):
        return self.call("PUT", f"manifests/{tag}", manifest, Content_Type=kind, **who)

    def push(self, tag, text="a layer"):
        manifest = self.manifest(text)
        assert self.put(tag, manifest).status == 201
        return digest_of(manifest)

    def tags(self):
        told = json.loads(self.call("GET", "tags/list").body)
        assert told["name"] == self.name
        return told["tags"]

    def ids(self):
        found = self.api.list_images(repositoryName=self.name)["imageIds"]
        return sorted((each["imageDigest"], each.get("imageTag", "")) for each in found)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body}"

    @property
    def error(self):
        (error,) = json.loads(self.body)["errors"]
        return error["code"], error["message"]


@pytest.fixture
def new(cloud, api):
    return lambda **settings: Repository(cloud, api, **settings)


@pytest.fixture
def role(cloud):
    """Make a role that may do these things, and return a client of ECR that has assumed it."""

    def made(*actions, resource="*", service="ecr"):
        iam, name = cloud.client("iam"), f"role-{next(numbers)}"
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
        return cloud.client(service, role_arn=arn, session="somebody")

    return made


def word(client):
    """Return name and password as they are sent."""
    return client.get_authorization_token()["authorizationData"][0]["authorizationToken"]


def login(client):
    name, _, password = base64.b64decode(word(client)).decode().partition(":")
    return {"username": name, "password": password}


def digest_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def local(answer):
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
