import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def in_a_process_of_its_own(program):
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(told.stdout)


def test_the_server_is_imported_without_what_takes_long():
    program = "import json, sys, rehearsal.server; print(json.dumps(sorted(sys.modules)))"
    loaded = in_a_process_of_its_own(program)
    assert not {"moto.ec2", "moto.cloudformation", "moto.s3", "rehearsal.ecs"} & set(loaded)


def test_what_is_not_asked_for_is_not_loaded():
    program = """
import json, sys
from rehearsal.loading import lighten
lighten()
lighten()
print(json.dumps(sorted(sys.modules)))
"""
    loaded = set(in_a_process_of_its_own(program))
    assert {"moto.ec2.models", "moto.cloudformation.models"} <= loaded
    assert not {"moto.cloudformation.parsing", "moto.apigateway", "moto.batch", "moto.rds"} & loaded


SAME = """
import json
{lightly}
from boto3 import Session
from moto import mock_aws
from moto.ec2.models import ec2_backends
template = {{"Resources": {{"Q": {{"Type": "AWS::SQS::Queue"}}}}, "Outputs": {{"Url": {{"Value": {{"Ref": "Q"}}}}}}}}
with mock_aws():
    session = Session("key", "secret", region_name="eu-west-1")
    ec2, stacks = session.client("ec2"), session.client("cloudformation")
    offered = {{
        kind: sorted(
            (each["InstanceType"], each["LocationType"], each["Location"])
            for each in ec2.describe_instance_type_offerings(LocationType=kind)["InstanceTypeOfferings"]
        )
        for kind in ("region", "availability-zone", "availability-zone-id")
    }}
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    place = {{"AvailabilityZone": "eu-west-1b"}}
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, Placement=place)
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    output = stacks.describe_stacks()["Stacks"][0]["Outputs"][0]["OutputKey"]
    regions = sorted(each["RegionName"] for each in ec2.describe_regions(AllRegions=True)["Regions"])
told = [offered, made["Instances"][0]["Placement"]["AvailabilityZone"], output, regions]
told += [sorted(ec2_backends["123456789012"]), Session().get_available_regions("ec2", "aws-cn")]
told += [Session().get_available_regions("elbv2")]
print(json.dumps(told))
"""


def test_moto_does_what_it_does_otherwise():
    usual = in_a_process_of_its_own(SAME.format(lightly=""))
    assert len(usual[0]["region"]) > 100
    assert in_a_process_of_its_own(SAME.format(lightly="from rehearsal.loading import lighten; lighten()")) == usual
