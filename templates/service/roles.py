"""Who the side's tasks are, and who starts them."""

from troposphere import GetAtt, Sub

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import Part, tagged
from templates.policy import PULL, WRITE_LOGS, Document, Statement, allow, role, trust
from templates.service.interface import of_side

READ = {"ssm": "ssm:GetParameters", "secretsmanager": "secretsmanager:GetSecretValue"}
# A secret's ARN has so many parts; what follows them chooses a field or a version and is unknown to IAM.
PARTS = {"ssm": 6, "secretsmanager": 7}


def resources(settings: Settings) -> list[Part]:
    """Return the role of the application itself and of the agent that starts it, both within the boundary."""
    boundary = {"PermissionsBoundary": Names(settings.app).policy_arn("boundary")}
    region = "${AWS::Region}"
    return [
        # The application starts with no rights at all.
        role("TaskRole", of_side(f"${{Side}}-task-{region}"), tasks(), **boundary, **tagged(settings)),
        role(
            "ExecutionRole",
            of_side(f"${{Side}}-execution-{region}"),
            tasks(),
            allow(["ecr:GetAuthorizationToken"], "*"),
            allow(PULL, arn("ecr", f"repository/{settings.app}")),
            allow(WRITE_LOGS, GetAtt("Logs", "Arn")),
            *read_secrets(settings),
            **boundary,
            **tagged(settings),
        ),
    ]


def tasks() -> Document:
    """Let the tasks of this account's clusters assume a role."""
    return trust("ecs-tasks.amazonaws.com", arn("ecs", "*"))


def read_secrets(settings: Settings) -> list[Statement]:
    """Return the right to read the secrets that the settings name, whatever key they are encrypted with."""
    secrets = [secret.split(":") for secret in settings.container.secrets.values()]
    statements = []
    for service, length in PARTS.items():
        named = [each for each in secrets if each[2] == service]
        if named:
            statements.append(allow([READ[service]], sorted({":".join(parts[:length]) for parts in named})))
            statements.append(decrypt(service, sorted({(parts[1], parts[3], parts[4]) for parts in named})))
    return statements


def decrypt(service: str, places: list[tuple[str, str, str]]) -> Statement:
    """Return the right to decrypt, but only by asking that service for a secret that the role may read."""
    keys = [f"arn:{partition}:kms:{region}:{account}:key/*" for partition, region, account in places]
    services = [Sub(f"{service}.{region}.${{AWS::URLSuffix}}") for region in sorted({place[1] for place in places})]
    return allow(["kms:Decrypt"], keys, {"StringEquals": {"kms:ViaService": services}})
