"""An account in memory to which the greeter is deployed."""

import io
import json
import zipfile

from pipeline.ask import Asker
from pipeline.aws import Account
from pipeline.clock import Clock
from pipeline.deployment import Deployment
from pipeline.interruption import Standing
from pipeline.settings import parse
from tests.support.clients import client
from tests.support.cloudformation import FakeCloudFormation, Step, SteppingClock
from tests.support.terminals import a_log

RELEASE = 'app = "greeter"\n[source]\nprovider = "codecommit"\nrepository = "greeter"\n'
BUCKET = "greeter-templates-123456789012-eu-west-1"
PACKAGE = "greeter/package.zip"
URL = "https://console/pipelines/greeter"
CREATION = [
    Step(0, "", "CREATE_IN_PROGRESS", reason="User Initiated"),
    Step(2, "Pipeline", "CREATE_IN_PROGRESS"),
    Step(3, "Pipeline!", "CREATE_IN_PROGRESS"),
    Step(9, "Pipeline/Topic", "CREATE_COMPLETE", "AWS::SNS::Topic"),
    Step(10, "Pipeline!", "CREATE_COMPLETE"),
    Step(11, "Pipeline", "CREATE_COMPLETE"),
    Step(12, "", "CREATE_COMPLETE"),
]
BROKEN = [
    Step(0, "", "UPDATE_IN_PROGRESS"),
    Step(1, "Pipeline", "UPDATE_IN_PROGRESS"),
    Step(2, "Pipeline!", "UPDATE_IN_PROGRESS"),
    Step(3, "Pipeline/Flip", "UPDATE_FAILED", "AWS::Lambda::Function", "The code is too large"),
    Step(4, "Pipeline!", "UPDATE_ROLLBACK_IN_PROGRESS"),
    Step(5, "Pipeline", "UPDATE_FAILED", reason="Embedded stack was not successfully updated"),
    Step(6, "", "UPDATE_ROLLBACK_IN_PROGRESS"),
    Step(9, "", "UPDATE_ROLLBACK_COMPLETE"),
]


class Cloud:
    """An account: moto's S3, a CloudFormation that follows a script, and one journal of what was done to both."""

    region = "eu-west-1"

    def __init__(self):
        self.account = Account(
            "123456789012", self.region, "aws", "arn:aws:iam::123456789012:user/ann", "amazonaws.com"
        )
        self.time = SteppingClock()
        self.s3 = client("s3", self.region)
        self.cloudformation = FakeCloudFormation(self.time)
        self.cloudformation.read = self._read
        self.standing = Standing()
        self.settings = parse(RELEASE, "release.toml")
        self.s3.meta.events.register("before-call.s3.PutObject", self._note)

    def deploy(self, terminal=None, *, yes=True, bucket=None, create=True):
        self.terminal = terminal or a_log()
        clock = Clock(self.time.now, self.time.sleep)
        deployment = Deployment(self, Asker(self.terminal, yes), clock, self.standing)
        return deployment.bring_about(self.settings, bucket, create_bucket=create)

    def change(self, text):
        self.settings = parse(RELEASE + text, "release.toml")

    def journal(self):
        """What changed anything, in order; objects under their content's name are told by their folder."""
        told = ("put", "execute_change_set", "delete_stack")
        return [
            arguments["what"] if name == "put" else name
            for name, arguments in self.cloudformation.calls
            if name in told
        ]

    def package(self):
        return zipfile.ZipFile(io.BytesIO(self.s3.get_object(Bucket=BUCKET, Key=PACKAGE)["Body"].read()))

    def versions(self):
        return len(self.s3.list_object_versions(Bucket=BUCKET, Prefix=PACKAGE).get("Versions", []))

    @property
    def said(self):
        return self.terminal.out.getvalue()

    def _note(self, params, **_):
        if params["url_path"].endswith("package.zip"):
            self.cloudformation.calls.append(("put", {"what": "package"}))

    def _read(self, url):
        host = f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/"
        assert url.startswith(host), url
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=url.removeprefix(host))["Body"].read())
