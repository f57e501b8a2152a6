"""On what a call acts: the resources of each service, found by the parameters that name them.

A template is what follows `arn:aws:SERVICE:REGION:ACCOUNT:`, or a whole ARN. `{name}` is a parameter, `{name|default}`
one that may be missing. A list makes one ARN for each of its members. A parameter that is an ARN already is taken as
it is. A service's rules are tried in order, and the first whose parameters are all there counts.
"""

from __future__ import annotations

import re
from itertools import product
from typing import Any

from rehearsal.iam.matching import listed

PLACE = re.compile(r"\{(\w+)(?:\|([^}]*))?\}")
GLOBAL = "arn:aws:{}::"

# What these do has no resource of its own, although a parameter may name one.
UNSCOPED: dict[str, re.Pattern[str]] = {
    service: re.compile(pattern)
    for service, pattern in {
        "elasticloadbalancing": r"Describe\w+",
        "ec2": r"Describe\w+|Get\w+",
        "ecr": r"GetAuthorizationToken",
        "ecs": r"DeregisterTaskDefinition|DescribeTaskDefinition|ListTaskDefinition\w*|"
        r"ListClusters|\w+AccountSetting\w*|DiscoverPollEndpoint",
        "codepipeline": r"PutJob\w+Result|PollForJobs|AcknowledgeJob|GetJobDetails|ListPipelines|ListActionTypes",
        "logs": r"DescribeLogGroups|DescribeResourcePolicies|DescribeIndexPolicies|PutResourcePolicy",
        "cloudwatch": r"GetMetricData|GetMetricStatistics|ListMetrics|PutMetricData|ListDashboards",
        "kms": r"ListKeys|ListAliases|CreateKey|GenerateRandom",
        "lambda": r"ListFunctions|GetAccountSettings|ListEventSourceMappings",
        "ssm": r"DescribeParameters",
        "secretsmanager": r"ListSecrets|GetRandomPassword",
        "iam": r"List(Roles|Users|Policies|Groups)|GetAccount\w+",
        "sns": r"ListTopics|ListSubscriptions",
    }.items()
}

# Exceptions of single operations.
OPERATIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("cloudformation", "CreateStack"): ("stack/{StackName}/*",),
    ("cloudwatch", "DescribeAlarms"): ("alarm:{AlarmNames|*}",),
    ("ec2", "CreateSecurityGroup"): ("security-group/*", "vpc/{VpcId}"),
    ("ec2", "AuthorizeSecurityGroupIngress"): ("security-group/{GroupId}",),
    ("ecs", "RegisterTaskDefinition"): ("task-definition/{family}:*",),
    ("ecs", "ListTasks"): ("container-instance/{cluster|default}/*",),
    ("elasticloadbalancing", "CreateLoadBalancer"): ("loadbalancer/app/{Name}/*",),
    ("elasticloadbalancing", "CreateTargetGroup"): ("targetgroup/{Name}/*",),
    ("iam", "CreateServiceLinkedRole"): ("arn:aws:iam::{account}:role/aws-service-role/{AWSServiceName}/*",),
    ("iam", "SimulatePrincipalPolicy"): ("{PolicySourceArn}",),
    ("codepipeline", "PutApprovalResult"): ("{pipelineName}/{stageName}/{actionName}",),
    ("ssm", "GetParametersByPath"): ("parameter{Path}",),
}

# By service: parameters, the most telling first.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "cloudformation": ("stack/{StackName}/*", "stack/{StackId}/*", "{ResourceArn}"),
    "cloudwatch": (
        "alarm:{AlarmName}",
        "alarm:{AlarmNames}",
        "arn:aws:cloudwatch::{account}:dashboard/{DashboardName}",
        "arn:aws:cloudwatch::{account}:dashboard/{DashboardNames}",
        "{ResourceARN}",
    ),
    "codebuild": ("project/{projectName}", "project/{builds}", "project/{names}", "project/{name}"),
    "codecommit": ("{repositoryName}", "{repositoryNames}"),
    "codepipeline": ("{pipelineName}", "{name}", "{resourceArn}"),
    "dynamodb": ("table/{TableName}",),
    "ec2": (
        "security-group/{GroupId}",
        "{ResourceId}",
        "{Resources}",
        "subnet/{SubnetId}",
        "vpc/{VpcId}",
        "instance/{InstanceIds}",
    ),
    "ecr": ("repository/{repositoryName}", "repository/{repositoryNames}", "{resourceArn}"),
    "ecs": (
        "service-deployment/{serviceDeploymentArn}",
        "service-deployment/{serviceDeploymentArns}",
        "service/{cluster|default}/{service}",
        "service/{cluster|default}/{services}",
        "service/{cluster|default}/{serviceName}",
        "task/{cluster|default}/{task}",
        "task/{cluster|default}/{tasks}",
        "task-definition/{taskDefinition}",
        "{resourceArn}",
        "cluster/{clusters}",
        "cluster/{clusterName}",
        "cluster/{cluster|default}",
    ),
    "elasticloadbalancing": (
        "{RuleArn}",
        "{ListenerArn}",
        "{TargetGroupArn}",
        "{LoadBalancerArn}",
        "{ResourceArns}",
    ),
    "events": (
        "rule/{Rule}",
        "rule/{Name}",
        "event-bus/{EventBusName|default}",
    ),
    "iam": (
        "arn:aws:iam::{account}:role/{RoleName}",
        "arn:aws:iam::{account}:user/{UserName}",
        "arn:aws:iam::{account}:policy/{PolicyArn}",
        "arn:aws:iam::{account}:policy/{PolicyName}",
        "arn:aws:iam::{account}:group/{GroupName}",
    ),
    "kms": ("key/{KeyId}", "key/{TargetKeyId}", "{AliasName}"),
    "lambda": ("function:{FunctionName}", "{Resource}"),
    "logs": (
        "log-group:{logGroupName}:log-stream:{logStreamName}",
        "log-group:{logGroupName}:log-stream:",
        "log-group:{logGroupIdentifier}:log-stream:",
        "log-group:{logGroupIdentifiers}:log-stream:",
        "{resourceArn}",
        "{resourceIdentifier}",
    ),
    "s3": ("arn:aws:s3:::{Bucket}/{Key}", "arn:aws:s3:::{Bucket}"),
    "secretsmanager": ("secret:{SecretId}", "secret:{Name}-??????"),
    "sns": ("{TopicArn}", "{TargetArn}", "{ResourceArn}", "{Name}"),
    "sqs": ("{QueueUrl}", "{QueueName}"),
    "ssm": ("parameter/{Name}", "parameter/{Names}", "parameter/{ResourceId}"),
    "states": ("{stateMachineArn}", "{executionArn}"),
    "sts": ("{RoleArn}",),
    "codeconnections": ("{ConnectionArn}",),
    "codestar-connections": ("{ConnectionArn}",),
}
# What the beginning of an id says.
EC2_KINDS = {"sg": "security-group", "vpc": "vpc", "subnet": "subnet", "sgr": "security-group-rule", "i": "instance"}


def resources(service: str, operation: str, parameters: dict[str, Any], region: str, account: str) -> list[str]:
    """Return the ARNs that a call is about; `*` if it is about none in particular."""
    unscoped = UNSCOPED.get(service)
    if unscoped and unscoped.fullmatch(operation):
        return ["*"]
    given = {**parameters, "account": account}
    if service == "codebuild":
        given["builds"] = _projects(listed(parameters.get("ids")) or listed(parameters.get("id")))
    prefix = f"arn:aws:{service}:{region}:{account}:"
    special = OPERATIONS.get((service, operation))
    if special:
        return [arn for template in special for arn in _filled(template, given, prefix)] or ["*"]
    for template in PARAMETERS.get(service, ()):
        found = _filled(template, given, prefix)
        if found:
            return found
    return ["*"]


def _projects(builds: list[Any]) -> list[str]:
    """Return the projects of builds: a build is no resource of its own, its id begins with its project's name."""
    return [str(build).rsplit("build/", 1)[-1].split(":")[0] for build in builds]


def is_known(service: str) -> bool:
    """Say whether the resources of a service are known here."""
    return service in PARAMETERS


def _filled(template: str, given: dict[str, Any], prefix: str) -> list[str]:
    places = [(found[1], found[2]) for found in PLACE.finditer(template)]
    values = [[str(each) for each in listed(given.get(name))] or listed(default) for name, default in places]
    return [_one(template, chosen, prefix) for chosen in product(*values)] if all(values) else []


def _one(template: str, values: tuple[str, ...], prefix: str) -> str:
    last = values[-1] if values else ""
    if last.startswith("arn:"):
        # A log group's ARN may end with what stands for its streams.
        return last
    if last.startswith(("https://", "http://")):
        return prefix + last.rsplit("/", 1)[-1]
    if prefix.startswith("arn:aws:ec2:") and template in ("{Resources}", "{ResourceId}"):
        return f"{prefix}{EC2_KINDS.get(last.split('-')[0], '*')}/{last}"
    plain = iter(value.rsplit("/", 1)[-1] if value.startswith("arn:") else value for value in values)
    whole = PLACE.sub(lambda _: next(plain), template).replace("parameter//", "parameter/")
    return whole if whole.startswith("arn:") else prefix + whole
