"""The two builds: one makes the image and needs privileges for it, the other only looks at who is live."""

from troposphere import GetAtt, Ref, Sub
from troposphere.codebuild import (
    Artifacts,
    CloudWatchLogs,
    Environment,
    EnvironmentVariable,
    LogsConfig,
    Project,
    Source,
)

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import Part, Properties, log_group, tagged
from templates.policy import USE_OF_KEY, WRITE_LOGS, Document, Statement, allow, role, trust

# The processor for which the image is made is the one on which it is made.
MACHINES = {
    "x86_64": {"Type": "LINUX_CONTAINER", "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0"},
    "arm64": {"Type": "ARM_CONTAINER", "Image": "aws/codebuild/amazonlinux-aarch64-standard:3.0"},
}
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
# What is live is read from the load balancer. None of these can be limited to one.
LOOK = (
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroups",
)


def resources(settings: Settings) -> list[Part]:
    """Return both projects, each with its own role and its own logs."""
    return [*image(settings), *discover(settings)]


def image(settings: Settings) -> list[Part]:
    """Return the build of the image, which may push to one repository."""
    repository = {"REPOSITORY_URI": GetAtt("Repository", "RepositoryUri")}
    machine = MACHINES[settings.container.architecture]
    may = [
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(PUSH, GetAtt("Repository", "Arn")),
        *hand_over(("App", "Package"), "Built"),
    ]
    environment = {**machine, "PrivilegedMode": True, "ComputeType": "BUILD_GENERAL1_SMALL"}
    return project(settings, "Image", "buildspec.yml", {**environment, **variables(repository)}, may, minutes=60)


def discover(settings: Settings) -> list[Part]:
    """Return the build that finds out which side is live. It may look, and change nothing."""
    listen = settings.listener
    package = f"${{TemplateBucket}}/{Names(settings.app).package}"
    look_at = {
        "LOAD_BALANCER": settings.app,
        "PRODUCTION_PORT": str(listen.production),
        "TEST_PORT": str(listen.test),
        "NEWEST_PACKAGE": Sub(package),
    }
    machine = MACHINES["x86_64"]
    may = [
        allow(LOOK, "*"),
        allow(["s3:GetObject"], arn("s3", package, region="", account="")),
        *hand_over(("Package", "Built"), "Discovered"),
    ]
    environment = {**machine, "PrivilegedMode": False, "ComputeType": "BUILD_GENERAL1_SMALL"}
    return project(
        settings, "Discover", "deployer/discover.yml", {**environment, **variables(look_at)}, may, minutes=10
    )


def variables(values: Properties) -> Properties:
    """Return the environment's variables."""
    given = [EnvironmentVariable(Name=name, Value=value, Type="PLAINTEXT") for name, value in values.items()]
    return {"EnvironmentVariables": given}


def hand_over(takes: tuple[str, ...], leaves: str) -> list[Statement]:
    """Let a build read the artifacts that it is given and write the one that it makes, but no other."""
    return [
        allow(["s3:GetObject", "s3:GetObjectVersion"], [Sub(f"${{ArtifactBucket.Arn}}/*/{name}/*") for name in takes]),
        allow(["s3:PutObject"], Sub(f"${{ArtifactBucket.Arn}}/*/{leaves}/*")),
        allow(["s3:GetBucketAcl", "s3:GetBucketLocation"], GetAtt("ArtifactBucket", "Arn")),
        allow(USE_OF_KEY, Ref("Key")),
    ]


def project(
    settings: Settings, title: str, spec: str, environment: Properties, may: list[Statement], *, minutes: int
) -> list[Part]:
    """Return a build with its role and its logs."""
    names = Names(settings.app)
    name = f"{settings.app}-{title.lower()}"
    logs = CloudWatchLogs(Status="ENABLED", GroupName=Ref(f"{title}Logs"))
    write = allow(WRITE_LOGS, GetAtt(f"{title}Logs", "Arn"))
    return [
        log_group(f"{title}Logs", settings, names.log_group(title.lower())),
        role(f"{title}Role", Sub(names.role(title.lower())), builds(name), write, *may, **tagged(settings)),
        Project(
            title,
            Name=name,
            ServiceRole=GetAtt(f"{title}Role", "Arn"),
            Source=Source(Type="CODEPIPELINE", BuildSpec=spec),
            Artifacts=Artifacts(Type="CODEPIPELINE"),
            Environment=Environment(**environment),
            EncryptionKey=Ref("Key"),
            LogsConfig=LogsConfig(CloudWatchLogs=logs),
            TimeoutInMinutes=minutes,
            QueuedTimeoutInMinutes=30,
            **tagged(settings),
        ),
    ]


def builds(project: str) -> Document:
    """Let that project's builds assume a role."""
    return trust("codebuild.amazonaws.com", arn("codebuild", f"project/{project}"))
