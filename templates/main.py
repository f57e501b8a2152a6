"""The one stack that a person launches: the key, the network unless there is one, and the pipeline."""

from collections.abc import Mapping

from troposphere import FindInMap, GetAtt, Output, Parameter, Ref, Sub, Template
from troposphere.cloudformation import Stack

from pipeline.settings import Settings
from templates import key as encryption
from templates.names import Names
from templates.parts import Properties, nested, output, stack, tagged

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
HERE = "region=${AWS::Region}"


def template(settings: Settings, keys: Mapping[str, str]) -> Template:
    """Return the parent stack, with network and pipeline published under their keys."""
    network = [] if settings.network.existing else [network_stack(settings, keys["network"])]
    made = stack(
        f"{settings.app}: a release pipeline that moves production between two sides",
        Parameter("TemplateBucket", Type="String", Description="Where templates, deployer and functions are published"),
        Parameter("CodeKey", Type="String", Description="Key of the functions' code in that bucket"),
        *encryption.resources(settings),
        *network,
        pipeline_stack(settings, keys["pipeline"]),
        *results(settings),
        *console_links(settings),
    )
    made.add_mapping("Consoles", {partition: {"Domain": domain} for partition, domain in CONSOLES.items()})
    return made


def network_stack(settings: Settings, key: str) -> Stack:
    """Return the network's stack."""
    return nested("Network", key, {"Key": GetAtt("Key", "Arn")}, **tagged(settings))


def pipeline_stack(settings: Settings, key: str) -> Stack:
    """Return the pipeline's stack."""
    given: Properties = {
        "TemplateBucket": Ref("TemplateBucket"),
        "CodeKey": Ref("CodeKey"),
        "Key": GetAtt("Key", "Arn"),
    }
    return nested("Pipeline", key, {**given, **place(settings)}, **tagged(settings))


def place(settings: Settings) -> Properties:
    """Return where the application runs: in the network that is made here, or in the one that was there."""
    network = settings.network
    if network.existing:
        subnets = {"PublicSubnets": network.public_subnets, "PrivateSubnets": network.private_subnets}
        return {"Vpc": network.vpc_id, **{name: ",".join(ids) for name, ids in subnets.items()}}
    return {name: GetAtt("Network", f"Outputs.{name}") for name in ("Vpc", "PublicSubnets", "PrivateSubnets")}


def results(settings: Settings) -> list[Output]:
    """Return what was made, by name."""
    made = {
        "RepositoryUri": "Where the images are",
        "ApprovalTopic": "The topic that is told when a release waits for approval",
        "ArtifactBucket": "Where the pipeline keeps its artifacts",
        "LogBucket": "Where access logs are kept",
    }
    return [
        *(output(title, GetAtt("Pipeline", f"Outputs.{title}"), why) for title, why in made.items()),
        output("ClusterStack", Names(settings.app).cluster_stack, "The stack that the pipeline deploys"),
        output("Vpc", place(settings)["Vpc"], "The VPC"),
        output("KeyArn", GetAtt("Key", "Arn"), "The key that encrypts everything"),
    ]


def console_links(settings: Settings) -> list[Output]:
    """Return what a person wants to open."""
    app, names = settings.app, Names(settings.app)
    logs = names.log_group("")
    return [
        console(
            "PipelineUrl", f"codesuite/codepipeline/pipelines/{app}/view?{HERE}", "Releases, and the Approve button"
        ),
        console(
            "DashboardUrl", f"cloudwatch/home?{HERE}#dashboards/dashboard/{names.dashboard}", "Both sides by colour"
        ),
        console(
            "ClusterStackUrl", f"cloudformation/home?{HERE}#/stacks?filteringText={names.cluster_stack}", "The stacks"
        ),
        console("ClusterUrl", f"ecs/v2/clusters/{app}/services?{HERE}", "Services and tasks"),
        console("LogsUrl", f"cloudwatch/home?{HERE}#logsV2:log-groups$3FlogGroupNameFilter$3D{logs}", "All logs"),
        console("RepositoryUrl", f"ecr/repositories/private/${{AWS::AccountId}}/{app}?{HERE}", "The images"),
    ]


def console(title: str, path: str, description: str) -> Output:
    """Return a link into the console of this partition."""
    domain = FindInMap("Consoles", Ref("AWS::Partition"), "Domain")
    return output(title, Sub(f"https://${{Domain}}/{path}", Domain=domain), description)
