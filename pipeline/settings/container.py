"""[container]: how the application is built and run. All of it is pinned to a release and approved like code."""

import json
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.settings import credentials, fargate
from pipeline.settings.base import Mistake, Mistakes, Table, rule
from pipeline.settings.forms import DYNAMIC_REFERENCE, LIST, Form, HttpPath, OneOf, Port, example
from pipeline.settings.words import not_valid, shown

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What ECS, Fargate and the release set for every task, and what would take the place of the task's own role.
TAKEN = re.compile(
    r"(ECS|FARGATE|AWS_CONTAINER|AWS_ECS)_.*|AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV)"
    r"|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|RELEASE_(IMAGE|SIDE)"
)
SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:(ssm:[a-z0-9-]+:[0-9]{12}:parameter/[\w.\-/]+"
    # A JSON key, a version stage and a version may follow the secret's name.
    r"|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@!\-]+-[A-Za-z0-9]{6}(:[^:\s]*:[^:\s]*:[^:\s]*)?)",
    re.ASCII,
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# A task definition may have 64 KiB; the rest of it takes far less than what is kept free here.
MOST_BYTES = 56 * 1024
# A role's inline policies may have 10,240 characters; the execution role spells out each secret, and a little more.
MOST_ARN_CHARACTERS = 8000


def status_codes(codes: str) -> str:
    """Return the codes if each is, or each range goes from, 200 to 499 upwards."""
    ranges = [[int(number) for number in part.split("-")] for part in codes.split(",")]
    if not all(200 <= ends[0] <= ends[-1] <= 499 for ends in ranges):
        raise ValueError(not_valid(shown(codes), f"{CODES.words}; codes go from 200 to 499"))
    return codes


CODES = Form("status codes such as 200, 200,204 or 200-299", r"[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*")
INNER_PATH = Form("a relative path that stays inside the repository", r"(?!/)(?!(.*/)?\.\.(/|$))[\w.\-/]+", longest=200)


class HealthCheck(Table):
    """How the load balancer tells whether a task is fit to serve."""

    path: Annotated[HttpPath, example("/healthz")] = "/health"
    """The path that the load balancer asks."""

    codes: Annotated[str, CODES, AfterValidator(status_codes), example("200,204")] = "200-299"
    """The status codes that count as healthy: `200`, `200,204` or `200-299`."""

    interval: Annotated[int, Field(ge=5, le=300), example(15)] = 10
    """Seconds between two checks."""

    timeout: Annotated[int, Field(ge=2, le=120), example(6)] = 5
    """Seconds after which a check that got no answer has failed. Less than the interval."""

    healthy_threshold: Annotated[int, Field(ge=2, le=10), example(3)] = 2
    """Good checks in a row until a task counts as healthy."""

    unhealthy_threshold: Annotated[int, Field(ge=2, le=10), example(2)] = 3
    """Bad checks in a row until a task counts as unhealthy."""

    grace: Annotated[int, Field(ge=0, le=7200), example(120)] = 60
    """Seconds that a new task is given before a failed check counts against it."""


@rule(HealthCheck, "timeout", "interval")
def check_ends_before_the_next_begins(check: HealthCheck) -> Mistakes:
    """`timeout` is less than `interval`."""
    if check.timeout >= check.interval:
        yield Mistake(("timeout",), not_valid(str(check.timeout), f"less than interval, which is {check.interval}"))


class Container(Table):
    """How the application is built and run."""

    port: Annotated[Port, example(3000)] = 8080
    """The port on which the application listens."""

    cpu: Annotated[int, OneOf(tuple(fargate.SIZES)), example(1024)] = 256
    """CPU units of a task; 1024 are one core."""

    memory: Annotated[int, Field(ge=512, le=122880), example(3072)] = 512
    """Memory of a task in MiB. Fargate allows certain sizes for each cpu."""

    architecture: Annotated[Literal["x86_64", "arm64"], example("arm64")] = "x86_64"
    """What the image is built for and runs on."""

    desired_count: Annotated[int, Field(ge=1, le=1000), example(4)] = 2
    """Tasks of each side. Two or more keep serving while one is replaced."""

    dockerfile: Annotated[str, INNER_PATH, example("docker/Dockerfile")] = "Dockerfile"
    """The Dockerfile, relative to the context."""

    context: Annotated[str, INNER_PATH, example("services/web")] = "."
    """The folder of the repository that is sent to the image build."""

    command: Annotated[tuple[str, ...], LIST, Field(max_length=64), example(["node", "server.js"])] = ()
    """Replaces the image's own command."""

    readonly_root: Annotated[bool, example(value=False)] = True
    """Mounts the container's root file system read-only."""

    health_check: HealthCheck = Field(default_factory=HealthCheck)
    """How the load balancer tells whether a task is fit to serve."""

    environment: Annotated[
        dict[str, str],
        Field(max_length=64, json_schema_extra={"propertyNames": {"pattern": f"^{VARIABLE.pattern}$"}}),
        example({"LOG_LEVEL": "info"}),
    ] = Field(default_factory=dict)
    """Plain environment variables. Nothing secret: these can be read in the console."""

    secrets: Annotated[
        dict[str, str],
        Field(
            max_length=64,
            json_schema_extra={"additionalProperties": {"type": "string", "pattern": f"^({SECRET_ARN.pattern})$"}},
        ),
        example({"DATABASE_URL": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:greeter/database-a1B2c3"}),
    ] = Field(default_factory=dict)
    """Environment variables taken from SSM parameters or Secrets Manager secrets, by their full ARN."""


@rule(Container, "cpu", "memory")
def fargate_runs_the_pair(container: Container) -> Mistakes:
    """`memory` is one of the sizes that Fargate offers for `cpu`."""
    valid = fargate.sizes_in_words(container.cpu)
    if container.memory not in fargate.SIZES[container.cpu]:
        yield Mistake(("memory",), not_valid(f"{container.memory} with cpu {container.cpu}", valid))


@rule(Container, "environment", "secrets")
def variables_can_be_set(container: Container) -> Mistakes:
    """A variable has letters, digits and `_`, stands in one of the two tables, and is not among those set anyway."""
    for table in ("environment", "secrets"):
        for name in getattr(container, table):
            if not VARIABLE.fullmatch(name):
                words = "a name of letters, digits and _, not beginning with a digit"
                yield Mistake((table, name), not_valid("this name of a variable", words))
            elif TAKEN.fullmatch(name):
                yield Mistake((table, name), "this is set by ECS, the task's role or the release; choose another name")
            elif name in Container.model_fields:
                words = f"here this is a variable and no key of [container]; put it above [container.{table}]"
                yield Mistake((table, name), words)
    for name in container.environment.keys() & container.secrets.keys():
        yield Mistake(("secrets", name), "stands in environment too; keep one of the two")


@rule(Container, "environment")
def environment_holds_nothing_secret(container: Container) -> Mistakes:
    """`environment` holds nothing secret: no value that is a credential, and no name that says so."""
    for name, value in container.environment.items():
        if why := _unfit_in_plain_sight(value):
            yield Mistake(("environment", name), why)
        elif value and credentials.named(name):
            yield Mistake(("environment", name), f"by its name this is a secret; {credentials.ADVICE}")


@rule(Container, "command")
def command_holds_nothing_secret(container: Container) -> Mistakes:
    """`command` holds no credential."""
    for place, word in enumerate(container.command):
        if why := _unfit_in_plain_sight(word):
            yield Mistake(("command", place), why)


def _unfit_in_plain_sight(value: str) -> str | None:
    if kind := credentials.recognised(value):
        return f"this is {kind}, and anyone may read it in the console; {credentials.ADVICE}"
    if DYNAMIC_REFERENCE in value:
        return f"CloudFormation would put a value in place of {DYNAMIC_REFERENCE}...}}}}; {credentials.ADVICE}"
    if CONTROL.search(value):
        return "this holds a control character; give text, with tabs and line ends at most"
    return None


@rule(Container, "secrets")
def secrets_are_named_by_arn(container: Container) -> Mistakes:
    """`secrets` holds full ARNs, no values, and at most 8000 characters of them in all."""
    for name, value in container.secrets.items():
        if not SECRET_ARN.fullmatch(value):
            yield Mistake(
                ("secrets", name),
                "this is not valid; give the full ARN of an SSM parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME) "
                "or of a Secrets Manager secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX)",
            )
    characters = sum(map(len, set(container.secrets.values())))
    if characters > MOST_ARN_CHARACTERS:
        yield Mistake(
            ("secrets",),
            f"the ARNs have {characters} characters in all; a role's policy has room for {MOST_ARN_CHARACTERS}: "
            "keep several values in one secret, and name each by its JSON key",
        )


@rule(Container, "environment", "secrets", "command")
def task_definition_has_room(container: Container) -> Mistakes:
    """`environment`, `secrets` and `command` fit into a task definition, which may have 64 KiB."""
    size = len(json.dumps([container.environment, container.secrets, container.command]).encode())
    if size > MOST_BYTES:
        words = f"with secrets and command this has {size} bytes; a task definition has room for {MOST_BYTES}"
        yield Mistake(("environment",), words)
