"""The pipeline itself: build, then deploy, approve and flip under one lock."""

import json

from troposphere import GetAtt, Ref, Sub
from troposphere.codepipeline import (
    Actions,
    ActionTypeId,
    ArtifactStore,
    EncryptionKey,
    InputArtifacts,
    OutputArtifacts,
    Pipeline,
    Stages,
)
from troposphere.iam import Role

from pipeline.settings import Settings
from templates.names import SIDES, Names, arn
from templates.parts import Part, Properties, tagged
from templates.pipeline import approvals, sources
from templates.policy import USE_OF_KEY, Statement, allow, role, trust

KEEP_ARTIFACTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
SEE_BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning")
DECIDED = (*SIDES, *(f"{side}Package" for side in SIDES), "Live")
# A first run starts the moment the pipeline exists.
FIRST = ["ArtifactBucketPolicy", "Boundary", "FlipRetries", "LogBucketPolicy", "TopicPolicy"]


def resources(settings: Settings) -> list[Part]:
    """Return the pipeline and its role."""
    key = EncryptionKey(Id=Ref("Key"), Type="KMS")
    return [
        pipeline_role(settings),
        Pipeline(
            "Pipeline",
            DependsOn=FIRST,
            Name=settings.app,
            PipelineType="V2",
            # A stage holds one execution at a time, and a newer one takes the place of one that waits.
            ExecutionMode="SUPERSEDED",
            RoleArn=GetAtt("PipelineRole", "Arn"),
            ArtifactStore=ArtifactStore(Type="S3", Location=Ref("ArtifactBucket"), EncryptionKey=key),
            Stages=[sources.stage(settings), build(settings), release(settings)],
            **sources.triggers(settings),
            **tagged(settings),
        ),
    ]


def build(settings: Settings) -> Stages:
    """Return the stage that makes the image."""
    environment = [{"name": "COMMIT", "value": sources.revision(settings), "type": "PLAINTEXT"}]
    configuration = {
        "ProjectName": Ref("Image"),
        "PrimarySource": "Package",
        "EnvironmentVariables": json.dumps(environment),
    }
    image = action("Image", ("Build", "CodeBuild"), configuration, takes=("Package", "App"), leaves="Built")
    image.Namespace = "Build"
    return Stages(Name="Build", Actions=[image])


def release(settings: Settings) -> Stages:
    """Return the stage from the discovery to the flip.

    They share one stage because a stage has a lock: nothing can flip between what is discovered and what is approved.
    """
    steps = [discover(), deploy(settings), approve(settings), flip(settings)]
    for order, step in enumerate(steps, 1):
        step.RunOrder = order
    return Stages(Name="Release", Actions=steps)


def discover() -> Actions:
    """Find out who is live and decide who gets the new release."""
    configuration = {"ProjectName": Ref("Discover"), "PrimarySource": "Package"}
    return action("Discover", ("Build", "CodeBuild"), configuration, takes=("Package", "Built"), leaves="Discovered")


def deploy(settings: Settings) -> Actions:
    """Deploy the cluster with what was decided. Its outputs become the variables of the steps that follow."""
    decided = {name: {"Fn::GetParam": ["Discovered", "build.json", name]} for name in DECIDED}
    known = {name: f"${{{name}}}" for name in ("Vpc", "PublicSubnets", "PrivateSubnets", "TemplateBucket", "Key")}
    configuration = {
        "ActionMode": "CREATE_UPDATE",
        "StackName": Names(settings.app).cluster_stack,
        # The deployer hands on the newest one: a rollback must not take back what production shares.
        "TemplatePath": "Discovered::cluster.json",
        "Capabilities": "CAPABILITY_NAMED_IAM",
        "RoleArn": GetAtt("CloudFormationRole", "Arn"),
        "ParameterOverrides": Sub(json.dumps({**decided, **known}, separators=(",", ":"))),
    }
    return action("Deploy", ("Deploy", "CloudFormation"), configuration, takes=("Discovered",))


def approve(settings: Settings) -> Actions:
    """Ask, and show what would go live."""
    configuration = {
        "NotificationArn": approvals.topic(settings),
        "ExternalEntityLink": "#{Deploy.TestUrl}",
        "CustomData": "#{Discover.SUMMARY}",
    }
    return action("Approve", ("Approval", "Manual"), configuration)


def flip(settings: Settings) -> Actions:
    """Make the side live that runs what was approved."""
    healthy = {"healthy": settings.release.healthy} if settings.release.healthy > 1 else {}
    watched = {"watch": settings.release.watch} if settings.release.watch else {}
    alarms = {"alarms": list(settings.release.alarms)} if settings.release.alarms else {}
    order = {
        "image": "#{Build.IMAGE_TAG}",
        "package": "#{Discover.PACKAGE}",
        "execution": "#{codepipeline.PipelineExecutionId}",
        "production_rule": "#{Deploy.ProductionRule}",
        "test_rule": "#{Deploy.TestRule}",
        "code1_target_group": "#{Deploy.Code1TargetGroup}",
        "code2_target_group": "#{Deploy.Code2TargetGroup}",
        **healthy,
        **watched,
        **alarms,
    }
    configuration = {"FunctionName": Ref("Flip"), "UserParameters": json.dumps(order, separators=(",", ":"))}
    return action("Flip", ("Invoke", "Lambda"), configuration)


def action(
    name: str,
    kind: tuple[str, str],
    configuration: Properties,
    *,
    takes: tuple[str, ...] = (),
    leaves: str = "",
) -> Actions:
    """Return an action, with the artifacts that it takes and the one that it leaves."""
    category, provider = kind
    artifacts: Properties = {}
    if takes:
        artifacts["InputArtifacts"] = [InputArtifacts(Name=artifact) for artifact in takes]
    if leaves:
        artifacts["OutputArtifacts"] = [OutputArtifacts(Name=leaves)]
    if category != "Approval":  # which has no variables
        artifacts["Namespace"] = name
    type_ = ActionTypeId(Category=category, Owner="AWS", Provider=provider, Version="1")
    return Actions(Name=name, ActionTypeId=type_, Configuration=configuration, **artifacts)


def pipeline_role(settings: Settings) -> Role:
    """Return the role of the pipeline: fetch, build, deploy, ask, flip, and keep the artifacts in between."""
    return role(
        "PipelineRole",
        Sub(Names(settings.app).role("pipeline")),
        trust("codepipeline.amazonaws.com"),
        *sources.may_read(settings),
        *may_keep(),
        *may_deploy(settings),
        allow(
            ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
            [GetAtt(name, "Arn") for name in ("Image", "Discover")],
        ),
        allow(["sns:Publish"], approvals.topic(settings)),
        allow(["lambda:InvokeFunction"], GetAtt("Flip", "Arn")),
        **tagged(settings),
    )


def may_keep() -> list[Statement]:
    """Let the pipeline keep its artifacts."""
    return [
        allow(KEEP_ARTIFACTS, Sub("${ArtifactBucket.Arn}/*")),
        allow(SEE_BUCKET, GetAtt("ArtifactBucket", "Arn")),
        allow(USE_OF_KEY, Ref("Key")),
    ]


def may_deploy(settings: Settings) -> list[Statement]:
    """Let the pipeline deploy one stack, and only by way of CloudFormation's own role."""
    stack = arn("cloudformation", f"stack/{Names(settings.app).cluster_stack}/*")
    acting_as = GetAtt("CloudFormationRole", "Arn")
    see = ("DescribeStackEvents", "DescribeStackResources", "DescribeStacks", "GetTemplate")
    change = ("cloudformation:CreateStack", "cloudformation:UpdateStack")
    return [
        allow([f"cloudformation:{verb}" for verb in see], stack),
        allow(change, stack, {"StringEquals": {"cloudformation:RoleArn": acting_as}}),
        allow(
            ["iam:PassRole"],
            acting_as,
            {"StringEqualsIfExists": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
    ]
