"""A flip as it is usually written: look who is where, swap the two rules, swap the tags, report.

It is here to be found wanting: what is tried on the flip is tried on this one too, and if that finds no fault, the
trial does not bite. It makes nine calls, one after the other, and production moves in the sixth.
"""

import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

ELBV2 = boto3.client("elbv2")
CODEPIPELINE = boto3.client("codepipeline")


def handler(event: dict[str, Any], context: Any) -> None:
    """Swap production and test, and tell CodePipeline so."""
    job = event["CodePipeline.job"]["id"]
    try:
        _swap()
    except ClientError as error:
        CODEPIPELINE.put_job_failure_result(jobId=job, failureDetails={"type": "JobFailed", "message": repr(error)})
        return
    CODEPIPELINE.put_job_success_result(jobId=job)


def _swap() -> None:
    found = ELBV2.describe_load_balancers(Names=[os.environ["LOAD_BALANCER"]])["LoadBalancers"][0]
    listeners = ELBV2.describe_listeners(LoadBalancerArn=found["LoadBalancerArn"])["Listeners"]
    by_port = {str(listener["Port"]): listener["ListenerArn"] for listener in listeners}
    production, live = _forwarding(by_port[os.environ["PRODUCTION_PORT"]])
    test, idle = _forwarding(by_port[os.environ["TEST_PORT"]])
    ELBV2.modify_rule(RuleArn=test, Actions=[{"Type": "forward", "TargetGroupArn": live}])
    ELBV2.modify_rule(RuleArn=production, Actions=[{"Type": "forward", "TargetGroupArn": idle}])
    ELBV2.add_tags(ResourceArns=[live], Tags=[{"Key": "IsProduction", "Value": "false"}])
    ELBV2.add_tags(ResourceArns=[idle], Tags=[{"Key": "IsProduction", "Value": "true"}])


def _forwarding(listener: str) -> tuple[str, str]:
    rules = ELBV2.describe_rules(ListenerArn=listener)["Rules"]
    every_path = next(rule for rule in rules if rule["Conditions"] and rule["Conditions"][0]["Field"] == "path-pattern")
    return every_path["RuleArn"], every_path["Actions"][0]["TargetGroupArn"]
