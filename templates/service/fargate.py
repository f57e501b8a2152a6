"""What runs: the container, its task, and the service that keeps enough of them alive."""

from troposphere import GetAtt, Ref, Sub
from troposphere.ecs import (
    AwsvpcConfiguration,
    ContainerDefinition,
    DeploymentCircuitBreaker,
    DeploymentConfiguration,
    Environment,
    LinuxParameters,
    LoadBalancer,
    LogConfiguration,
    MountPoint,
    NetworkConfiguration,
    PortMapping,
    RuntimePlatform,
    Secret,
    Service,
    TaskDefinition,
    Volume,
)

from pipeline.settings import Settings
from templates.names import Names
from templates.parts import Part, Properties, log_group, tagged
from templates.service.interface import of_side, side_name

CONTAINER = "app"
SCRATCH = "tmp"
ARCHITECTURES = {"x86_64": "X86_64", "arm64": "ARM64"}


def resources(settings: Settings) -> list[Part]:
    """Return the side's logs, its task and its service."""
    logs = log_group("Logs", settings, of_side(Names(settings.app).log_group("${Side}")))
    return [logs, task_definition(settings), service(settings)]


def task_definition(settings: Settings) -> TaskDefinition:
    """Return the task: one container, on the processor that its image is built for."""
    box = settings.container
    scratch: Properties = {"Volumes": [Volume(Name=SCRATCH)]} if box.readonly_root else {}
    return TaskDefinition(
        "TaskDefinition",
        Family=side_name(),
        RequiresCompatibilities=["FARGATE"],
        NetworkMode="awsvpc",
        Cpu=str(box.cpu),
        Memory=str(box.memory),
        RuntimePlatform=RuntimePlatform(CpuArchitecture=ARCHITECTURES[box.architecture], OperatingSystemFamily="LINUX"),
        ExecutionRoleArn=GetAtt("ExecutionRole", "Arn"),
        TaskRoleArn=GetAtt("TaskRole", "Arn"),
        ContainerDefinitions=[container(settings)],
        **scratch,
        **tagged(settings),
    )


def container(settings: Settings) -> ContainerDefinition:
    """Return the application's container."""
    box = settings.container
    registry = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
    return ContainerDefinition(
        Name=CONTAINER,
        Image=Sub(f"{registry}/{settings.app}:${{Image}}"),
        Essential=True,
        Privileged=False,
        ReadonlyRootFilesystem=box.readonly_root,
        LinuxParameters=LinuxParameters(InitProcessEnabled=True),
        PortMappings=[PortMapping(ContainerPort=box.port, Protocol="tcp")],
        Environment=environment(settings),
        LogConfiguration=logging(),
        **optional(settings),
    )


def environment(settings: Settings) -> list[Environment]:
    """Return the settings' variables and what an application may want to know of its release."""
    release = {"RELEASE_IMAGE": Ref("Image"), "RELEASE_SIDE": Ref("Identifier")}
    variables = {**release, **settings.container.environment}
    return [Environment(Name=name, Value=value) for name, value in sorted(variables.items())]


def optional(settings: Settings) -> Properties:
    """Return the container's properties that only some settings ask for."""
    box = settings.container
    secrets = [Secret(Name=name, ValueFrom=source) for name, source in sorted(box.secrets.items())]
    # A container that cannot write to its own file system still needs somewhere for temporary files.
    scratch = [MountPoint(SourceVolume=SCRATCH, ContainerPath="/tmp", ReadOnly=False)]  # noqa: S108
    properties = {
        "Command": list(box.command),
        "Secrets": secrets,
        "MountPoints": scratch if box.readonly_root else [],
    }
    return {name: value for name, value in properties.items() if value}


def logging() -> LogConfiguration:
    """Send what the container prints to the side's log group, one stream for each task, named after its image."""
    options = {
        "awslogs-group": Ref("Logs"),
        "awslogs-region": Ref("AWS::Region"),
        "awslogs-stream-prefix": Ref("Image"),
    }
    return LogConfiguration(LogDriver="awslogs", Options=options)


def service(settings: Settings) -> Service:
    """Return the service: the old tasks stay until as many new ones are healthy, or else for good."""
    breaker = DeploymentCircuitBreaker(Enable=True, Rollback=True)
    return Service(
        "Service",
        # The target group has to belong to the load balancer before a service may use it.
        DependsOn=["SideRule", "WayToTheTasks"],
        ServiceName=side_name(),
        Cluster=Ref("Cluster"),
        LaunchType="FARGATE",
        PlatformVersion="LATEST",
        TaskDefinition=Ref("TaskDefinition"),
        DesiredCount=settings.container.desired_count,
        DeploymentConfiguration=DeploymentConfiguration(
            DeploymentCircuitBreaker=breaker, MinimumHealthyPercent=100, MaximumPercent=200
        ),
        HealthCheckGracePeriodSeconds=settings.container.health_check.grace,
        EnableExecuteCommand=False,
        EnableECSManagedTags=True,
        PropagateTags="SERVICE",
        NetworkConfiguration=NetworkConfiguration(AwsvpcConfiguration=private_network()),
        LoadBalancers=[
            LoadBalancer(
                ContainerName=CONTAINER, ContainerPort=settings.container.port, TargetGroupArn=Ref("TargetGroup")
            )
        ],
        **tagged(settings),
    )


def private_network() -> AwsvpcConfiguration:
    """Return where the tasks run: without public addresses, reached by the load balancer only."""
    return AwsvpcConfiguration(
        AssignPublicIp="DISABLED", Subnets=Ref("Subnets"), SecurityGroups=[GetAtt("TaskSecurityGroup", "GroupId")]
    )
