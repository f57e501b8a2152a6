"""Types made, read back through their services, changed and removed."""

import json

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def policy(action: str) -> dict:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def resource(kind: str, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


def test_a_network_stands_and_goes(stack):
    rules = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}]
    resources = {
        "Vpc": resource("EC2::VPC", CidrBlock="10.9.0.0/16", EnableDnsHostnames=True, EnableDnsSupport=True),
        "Subnet": resource("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.9.1.0/24", MapPublicIpOnLaunch=True),
        "Group": resource(
            "EC2::SecurityGroup", VpcId={"Ref": "Vpc"}, GroupDescription="web", SecurityGroupIngress=rules
        ),
    }
    made = stack.apply(resources)
    ec2 = stack.client("ec2")
    assert ec2.describe_vpc_attribute(VpcId=made["Vpc"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    assert ec2.describe_subnets(SubnetIds=[made["Subnet"]])["Subnets"][0]["MapPublicIpOnLaunch"]
    rules[0]["FromPort"] = rules[0]["ToPort"] = 81
    resources["Vpc"]["Properties"]["Tags"] = [{"Key": "a", "Value": "b"}]
    assert stack.apply(resources) == made
    group = ec2.describe_security_groups(GroupIds=[made["Group"]])["SecurityGroups"][0]
    assert [rule["FromPort"] for rule in group["IpPermissions"]] == [81]
    assert {"Key": "a", "Value": "b"} in ec2.describe_vpcs(VpcIds=[made["Vpc"]])["Vpcs"][0]["Tags"]
    stack.delete()
    assert ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [made["Vpc"]]}])["Vpcs"] == []


def test_a_role_keeps_what_somebody_else_gave_it(stack):
    inline = [{"PolicyName": "one", "PolicyDocument": policy("s3:*")}]
    role = resource("IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=inline)
    made = stack.apply({"Role": role}, {"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}})
    iam = stack.client("iam")
    assert stack.outputs()["Arn"].endswith(f":role/{made['Role']}")
    iam.tag_role(RoleName=made["Role"], Tags=[{"Key": "by", "Value": "hand"}])
    role["Properties"]["Policies"] = [{"PolicyName": "two", "PolicyDocument": policy("sns:*")}]
    assert stack.apply({"Role": role}) == made
    assert iam.list_role_policies(RoleName=made["Role"])["PolicyNames"] == ["two"]
    assert iam.list_role_tags(RoleName=made["Role"])["Tags"] == [{"Key": "by", "Value": "hand"}]
    stack.delete()


def test_a_managed_policy_survives_more_changes_than_it_may_have_versions(stack):
    for number in range(7):
        made = stack.apply({"Policy": resource("IAM::ManagedPolicy", PolicyDocument=policy(f"s3:Get{number}"))})
    iam = stack.client("iam")
    default = iam.get_policy(PolicyArn=made["Policy"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=made["Policy"], VersionId=default)["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "s3:Get6"
    stack.delete()


def test_a_bucket_is_as_the_template_wants_it(stack):
    rules = [{"Id": "x", "Status": "Enabled", "ExpirationInDays": 3}]
    bucket = resource(
        "S3::Bucket",
        VersioningConfiguration={"Status": "Enabled"},
        LifecycleConfiguration={"Rules": rules},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    made = stack.apply({"Bucket": bucket})["Bucket"]
    s3 = stack.client("s3")
    assert s3.get_bucket_versioning(Bucket=made)["Status"] == "Enabled"
    assert s3.get_bucket_lifecycle_configuration(Bucket=made)["Rules"][0]["Expiration"] == {"Days": 3}
    del bucket["Properties"]["VersioningConfiguration"]
    stack.apply({"Bucket": bucket})
    assert s3.get_bucket_versioning(Bucket=made)["Status"] == "Suspended"
    assert s3.get_bucket_tagging(Bucket=made)["TagSet"] == [{"Key": "a", "Value": "b"}]
    stack.delete()


def test_an_alarm_and_a_rule_and_a_group_of_logs(stack):
    resources = {
        "Alarm": resource(
            "CloudWatch::Alarm",
            Namespace="N",
            MetricName="M",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        ),
        "Group": resource("Logs::LogGroup", RetentionInDays=7),
        "Topic": resource("SNS::Topic", DisplayName="d"),
        "Rule": resource(
            "Events::Rule", EventPattern={"source": ["s"]}, Targets=[{"Id": "t", "Arn": {"Ref": "Topic"}}]
        ),
    }
    made = stack.apply(resources)
    logs, events = stack.client("logs"), stack.client("events")
    found = logs.describe_log_groups(logGroupNamePrefix=made["Group"])["logGroups"][0]
    assert found["retentionInDays"] == 7
    assert events.list_targets_by_rule(Rule=made["Rule"])["Targets"] == [{"Id": "t", "Arn": made["Topic"]}]
    resources["Alarm"]["Properties"]["Threshold"] = 5
    resources["Rule"]["Properties"]["EventPattern"] = {"source": ["other"]}
    assert stack.apply(resources) == made
    alarm = stack.client("cloudwatch").describe_alarms(AlarmNames=[made["Alarm"]])["MetricAlarms"][0]
    assert alarm["Threshold"] == 5
    assert json.loads(events.describe_rule(Name=made["Rule"])["EventPattern"]) == {"source": ["other"]}
    stack.delete()
    assert logs.describe_log_groups(logGroupNamePrefix=made["Group"])["logGroups"] == []
