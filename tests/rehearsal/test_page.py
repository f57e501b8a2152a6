"""The page: what it tells, who may order what, and how it is in a browser."""

from __future__ import annotations

import http.server
import io
import json
import re
import threading
import time
import zipfile

import pytest

from tests.support.browser import MISSING, browser
from tests.support.local_aws import eventually, local_aws

PIPELINE = "shop"
LINK = "http://127.0.0.1:9/try-me"
TRUST = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
LEAVE = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.fixture(scope="module")
def aws():
    with local_aws() as running:
        yield running


def action(name, category, provider, configuration, **settings):
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration, **settings}


@pytest.fixture(scope="module")
def pipeline(aws):
    """Two stages: a source, and an approval."""
    s3, iam = aws.client("s3"), aws.client("iam")
    for bucket in ("artifacts", "sources"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("hello.txt", "hello")
    s3.put_object(Bucket="sources", Key="app.zip", Body=content.getvalue())
    made = iam.create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))["Role"]
    iam.put_role_policy(
        RoleName="pipeline", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [LEAVE]})
    )
    where = {"S3Bucket": "sources", "S3ObjectKey": "app.zip", "PollForSourceChanges": "false"}
    source = action("App", "Source", "S3", where, outputArtifacts=[{"name": "App"}], namespace="App")
    words = {"CustomData": "Bucket #{App.BucketName} <b>&amp;\nsecond line", "ExternalEntityLink": LINK}
    aws.client("codepipeline").create_pipeline(
        pipeline={
            "name": PIPELINE,
            "roleArn": made["Arn"],
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "pipelineType": "V2",
            "stages": [
                {"name": "Source", "actions": [source]},
                {"name": "Release", "actions": [action("Approve", "Approval", "Manual", words)]},
            ],
        }
    )
    # A new pipeline runs at once.
    eventually(lambda: waiting(aws))
    decide(aws, "Rejected")
    return aws.client("codepipeline")


class App(http.server.BaseHTTPRequestHandler):
    """Answers everything."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *unused):
        """Say nothing."""


@pytest.fixture(scope="module")
def balancer(aws):
    """A load balancer whose two groups share the requests; one has a target."""
    app = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
    threading.Thread(target=app.serve_forever, args=(0.05,), daemon=True).start()
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    groups = [group(elb, network, name) for name in ("blue", "green")]
    elb.register_targets(TargetGroupArn=groups[0], Targets=[{"Id": "127.0.0.1", "Port": app.server_address[1]}])
    made = elb.create_load_balancer(Name="front", Subnets=subnets, Type="application")["LoadBalancers"][0]
    shares = [{"TargetGroupArn": groups[0], "Weight": 3}, {"TargetGroupArn": groups[1], "Weight": 1}]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
    elb.create_listener(LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=18080, DefaultActions=[forward])
    yield app.server_address[1]
    app.shutdown()
    app.server_close()


def group(elb, network, name):
    settings = {"Protocol": "HTTP", "Port": 80, "VpcId": network, "TargetType": "ip"}
    return elb.create_target_group(Name=name, **settings)["TargetGroups"][0]["TargetGroupArn"]


def state(aws):
    status, _, body = aws.fetch("page.json")
    assert status == 200, body
    return json.loads(body)


def waiting(aws):
    """Return the action that waits for an approval, as the page is told of it."""
    stages = [stage for one in state(aws)["pipelines"] for stage in one["stages"]]
    return next((one for stage in stages for one in stage["actions"] if one.get("approval")), None)


def run_to_approval(aws, pipeline):
    pipeline.start_pipeline_execution(name=PIPELINE)
    return eventually(lambda: waiting(aws))


def token(aws):
    return re.search(rb'name="token" content="([\w-]{43})"', aws.fetch("")[2])[1].decode()


def order(aws, asked, **facts):
    status, _, body = aws.fetch(f"page/{asked}", facts, X_Rehearsal_Token=token(aws))
    return status, json.loads(body)


def decide(aws, status):
    facts = {"pipeline": PIPELINE, "stage": "Release", "action": "Approve", "token": waiting(aws)["token"]}
    assert order(aws, "approval", **facts, status=status, comment="as asked")[0] == 200
    eventually(lambda: waiting(aws) is None)


def test_one_document_without_anything_from_elsewhere(aws):
    status, headers, body = aws.fetch("")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    # Names of XML namespaces and patterns of addresses load nothing.
    assert not re.search(rb"""(?:src|href)\s*=\s*["'](?!data:|#)""", body)
    assert b"@import" not in body
    assert b"%TOKEN%" not in body


def test_what_has_not_changed_is_not_sent_again(aws):
    _, headers, _ = aws.fetch("page.json")
    status, again, body = aws.fetch("page.json", If_None_Match=headers["ETag"])
    assert (status, again["ETag"], body) == (304, headers["ETag"], b"")
    aws.client("logs").create_log_group(logGroupName="/new")
    eventually(lambda: aws.fetch("page.json", If_None_Match=headers["ETag"])[0] == 200)


def test_load_balancers_have_their_real_addresses(aws, balancer):
    def healthy():
        groups = {one["name"]: one for one in state(aws)["groups"]}
        states = [target["state"] for target in groups.get("blue", {"targets": []})["targets"]]
        return groups if states == ["healthy"] else None

    groups = eventually(healthy)
    assert [one["address"] for one in groups["blue"]["targets"]] == [f"127.0.0.1:{balancer}"]
    assert groups["green"]["targets"] == []
    listener = state(aws)["balancers"][0]["listeners"][0]
    assert listener["rules"][-1]["then"] == [{"group": "blue", "share": 75}, {"group": "green", "share": 25}]
    assert re.fullmatch(r"http://127\.[\d.]+:\d+/", listener["url"])


def test_log_lines_are_read_when_asked_for(aws):
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/app/a")
    now = int(time.time() * 1000)
    for stream, moment in (("one", now), ("two", now - 1000)):
        logs.create_log_stream(logGroupName="/app/a", logStreamName=stream)
        event = {"timestamp": moment, "message": f"from {stream}\n"}
        logs.put_log_events(logGroupName="/app/a", logStreamName=stream, logEvents=[event])
    status, _, body = aws.fetch("page/log?group=/app/a")
    assert (status, [one["text"] for one in json.loads(body)["lines"]]) == (200, ["from two", "from one"])
    status, _, body = aws.fetch("page/log?group=/nowhere")
    assert (status, json.loads(body)["error"]) == (409, "The specified log group does not exist.")
    assert aws.fetch("page/log")[0] == 400


def test_an_approval_shows_its_evidence_and_takes_an_answer(aws, pipeline):
    found = run_to_approval(aws, pipeline)
    assert found["approval"] == {"text": "Bucket sources <b>&amp;\nsecond line", "link": LINK}
    facts = {"pipeline": PIPELINE, "stage": "Release", "action": "Approve", "status": "Approved"}
    old = "12345678-1234-1234-1234-123456789012"
    assert order(aws, "approval", **facts, token=old)[0] == 409
    assert order(aws, "approval", **facts)[1] == {"error": "'token' is missing."}
    assert order(aws, "approval", **facts | {"status": "Maybe"}, token=found["token"])[0] == 400
    decide(aws, "Approved")
    release = state(aws)["pipelines"][0]["stages"][1]
    assert (release["status"], release["actions"][0]["summary"]) == ("Succeeded", "as asked")


def test_going_back_and_trying_again(aws, pipeline):
    run_to_approval(aws, pipeline)
    decide(aws, "Approved")
    offered = json.loads(aws.fetch(f"page/targets?pipeline={PIPELINE}&stage=Release")[2])["targets"]
    run_to_approval(aws, pipeline)
    decide(aws, "Rejected")
    failed = state(aws)["pipelines"][0]["stages"][1]
    assert failed["status"] == "Failed"
    facts = {"pipeline": PIPELINE, "stage": "Release"}
    assert order(aws, "retry", **facts, execution=failed["execution"])[0] == 200
    eventually(lambda: waiting(aws))
    status, told = order(aws, "rollback", **facts, execution=offered[0]["id"])
    assert status == 409, told
    decide(aws, "Rejected")
    status, told = order(aws, "rollback", **facts, execution=offered[0]["id"])
    assert status == 200, told
    eventually(lambda: waiting(aws))
    newest = state(aws)["pipelines"][0]["executions"][0]
    assert newest["back_to"] == offered[0]["id"]
    decide(aws, "Rejected")


@pytest.mark.parametrize("path", ["page/approval", "page/retry", "page/rollback"])
def test_only_the_page_itself_gives_orders(aws, path):
    facts = {"pipeline": PIPELINE, "stage": "Release", "action": "Approve", "token": "x", "status": "Approved"}
    for headers, status in [
        ({}, 403),
        ({"X_Rehearsal_Token": "wrong"}, 403),
        ({"X_Rehearsal_Token": token(aws), "Content_Type": "text/plain"}, 400),
        ({"X_Rehearsal_Token": token(aws), "Origin": "http://elsewhere.example"}, 403),
        ({"X_Rehearsal_Token": token(aws), "Host": "elsewhere.example"}, 403),
    ]:
        answer = aws.fetch(path, facts, **headers)
        assert (answer[0], bool(json.loads(answer[2])["error"])) == (status, True), headers
    assert aws.fetch("page.json", Host="elsewhere.example:80")[0] == 403
    assert aws.fetch("", Host="elsewhere.example")[0] == 403
    assert aws.fetch(path)[0] == 405


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    if MISSING:
        pytest.skip(MISSING)
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def test_somebody_rejects_then_approves_in_a_browser(aws, pipeline, window):
    window.go(f"{aws.endpoint}/_rehearsal/")
    window.seen("#link", "Live")
    run_to_approval(aws, pipeline)
    card = ".approval"
    window.seen(f"{card} .words", "Bucket sources <b>&amp;")
    assert window.run("return document.title") == "(1) Rehearsal"
    window.press(window.seen(f"{card} input"), "not today")
    window.seen(f"{card} a", LINK)
    window.click(window.seen(f"{card} button", "Reject"))
    window.seen(".stage[data-tone=bad] .problem", "not today")
    window.gone(card)
    window.click(window.seen("button", "Retry failed actions"))
    # The keyboard will do, and what was typed outlives the redrawing of the page.
    window.press(window.seen(f"{card} input"), "fine\ue007")
    window.seen(".stage[data-tone=good] .note", "fine")
    window.seen("#news", "Release: succeeded.")
    assert window.complaints() == []


def test_somebody_goes_back_in_a_browser(aws, pipeline, window):
    run_to_approval(aws, pipeline)
    decide(aws, "Approved")
    run_to_approval(aws, pipeline)
    decide(aws, "Approved")
    window.go(f"{aws.endpoint}/_rehearsal/")
    window.click(window.seen("button[aria-label='Roll back Release']"))
    window.click(window.seen("form[data-order=rollback] button"))
    window.seen(".stage[data-tone=wait] .note", "back to")
    decide(aws, "Rejected")
    assert window.complaints() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_the_screen(aws, pipeline, balancer, window, width, dark, tmp_path):
    window.shape(width, 800, dark=dark)
    window.go(f"{aws.endpoint}/_rehearsal/")
    window.seen("h3", "front")
    assert window.run("return document.documentElement.scrollWidth") <= width
    background = window.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 3 * 64) is dark


def test_it_says_when_the_server_is_gone(window):
    with local_aws() as running:
        window.go(f"{running.endpoint}/_rehearsal/")
        window.seen("#link", "Live")
    window.seen("#link", "Not reachable")
