"""Who deploys the cluster, and how far that role reaches.

CloudFormation acts with this role on the cluster stack and its nested stacks. It reaches what those stacks are made
of, by name. It cannot modify a listener rule, so no deployment moves traffic; it cannot make a role without the
boundary, nor pass any role but those of the two sides' tasks; it can touch neither the boundaries nor the pipeline's
own roles.
"""

from troposphere import Ref, Sub
from troposphere.iam import ManagedPolicy

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import Part, tagged
from templates.pipeline import permissions
from templates.policy import PULL, WRITE_LOGS, Document, allow, document, role, trust


def resources(settings: Settings) -> list[Part]:
    """Return CloudFormation's role, and the boundaries of that role and of every role that it makes."""
    names = Names(settings.app)
    return [
        managed(
            "Boundary", names, "boundary", within(names), "The most that the tasks, and what starts them, may ever do"
        ),
        managed(
            "Bounds", names, "bounds", document(*permissions.bounds(names)), "The most that CloudFormation may ever do"
        ),
        role(
            "CloudFormationRole",
            Sub(names.role("cloudformation")),
            trust("cloudformation.amazonaws.com"),
            *permissions.statements(names),
            PermissionsBoundary=Ref("Bounds"),
            **tagged(settings),
        ),
    ]


def managed(title: str, names: Names, purpose: str, policy: Document, description: str) -> ManagedPolicy:
    """Return a policy that roles refer to."""
    name = Sub(names.role(purpose))
    return ManagedPolicy(title, ManagedPolicyName=name, Description=description, PolicyDocument=policy)


def within(names: Names) -> Document:
    """Start from the repository, write to the logs, read secrets; which ones is for each release to say."""
    anywhere = {"region": "*", "account": "*"}
    return document(
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(PULL, arn("ecr", f"repository/{names.app}")),
        allow(WRITE_LOGS, arn("logs", f"log-group:{names.log_group('*')}")),
        allow(["ssm:GetParameters"], arn("ssm", "parameter/*", **anywhere)),
        allow(["secretsmanager:GetSecretValue"], arn("secretsmanager", "secret:*", **anywhere)),
        allow(["kms:Decrypt"], arn("kms", "key/*", **anywhere)),
    )
