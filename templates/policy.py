"""Statements and documents of IAM policies."""

from collections.abc import Mapping, Sequence
from typing import Any

from troposphere import Ref, Sub
from troposphere.iam import Policy, Role

Statement = dict[str, Any]
Document = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]
Resources = Any

# What S3 asks of the key, in the name of whoever stores or reads an object.
USE_OF_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")


def document(*statements: Statement) -> Document:
    """Return a policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Sequence[str], resources: Resources, when: Conditions | None = None) -> Statement:
    """Allow whoever holds the policy to do this."""
    condition = {"Condition": dict(when)} if when else {}
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": resources, **condition}


def grant(
    service: str | Sub, actions: Sequence[str], resources: Resources, when: Conditions | None = None
) -> Statement:
    """Allow an AWS service to do this, in the policy of the resource itself."""
    return {**allow(actions, resources, when), "Principal": {"Service": service}}


def only_over_tls(actions: str, resources: Resources) -> Statement:
    """Refuse everybody who comes without TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def on_behalf_of(source: Any) -> Conditions:
    """Accept a service only when it acts for this account and for the resources that match."""
    return {"StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")}, "ArnLike": {"aws:SourceArn": source}}


def trust(service: str, source: Any = None) -> Document:
    """Let a service assume a role, only on behalf of `source` where that service says on whose behalf it acts."""
    condition = {"Condition": on_behalf_of(source)} if source else {}
    principal = {"Service": service}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **condition})


def role(title: str, name: Any, trusts: Document, *statements: Statement, **properties: Any) -> Role:
    """Return the role of one actor, which may do what the statements say and no more."""
    policies = [Policy(PolicyName=title, PolicyDocument=document(*statements))]
    granted: dict[str, Any] = {"Policies": policies} if statements else {}
    return Role(title, RoleName=name, AssumeRolePolicyDocument=trusts, **granted, **properties)
