"""What starts a release: a push to the application's repository, or a new version of the package."""

from typing import Any

from troposphere import GetAtt, Ref, Sub
from troposphere.codepipeline import (
    Actions,
    ActionTypeId,
    GitBranchFilterCriteria,
    GitConfiguration,
    GitFilePathFilterCriteria,
    GitPushFilter,
    OutputArtifacts,
    PipelineTriggerDeclaration,
    Stages,
)
from troposphere.events import Rule, Target

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import Part, Properties, tagged
from templates.policy import Statement, allow, role, trust

# The variable of the App action that names what was pushed, and becomes the image's tag.
REVISION = {"s3": "#{App.VersionId}"}
COMMIT = "#{App.CommitId}"
READ_OBJECT = ("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging")
READ_BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket")
PULL_COMMIT = (
    "CancelUploadArchive",
    "GetBranch",
    "GetCommit",
    "GetRepository",
    "GetUploadArchiveStatus",
    "UploadArchive",
)


def revision(settings: Settings) -> str:
    """Return the variable that names the commit, or in S3 the version."""
    return REVISION.get(settings.source.provider, COMMIT)


def stage(settings: Settings) -> Stages:
    """Return the first stage."""
    package = {"S3Bucket": Ref("TemplateBucket"), "S3ObjectKey": Names(settings.app).package}
    provider, configuration = application(settings)
    return Stages(
        Name="Source",
        Actions=[
            source("App", provider, configuration),
            source("Package", "S3", {**package, "PollForSourceChanges": "false"}),
        ],
    )


def source(name: str, provider: str, configuration: Properties) -> Actions:
    """Return a source action whose artifact and namespace bear its name."""
    kind = ActionTypeId(Category="Source", Owner="AWS", Provider=provider, Version="1")
    output = [OutputArtifacts(Name=name)]
    return Actions(Name=name, ActionTypeId=kind, Namespace=name, OutputArtifacts=output, Configuration=configuration)


def application(settings: Settings) -> tuple[str, Properties]:
    """Return where the commits come from. Nothing is polled: a trigger or an event says when to look."""
    from_ = settings.source
    if from_.provider == "s3":
        bucket, object_key = from_.repository.split("/", 1)
        return "S3", {"S3Bucket": bucket, "S3ObjectKey": object_key, "PollForSourceChanges": "false"}
    branch = {"BranchName": from_.branch, "OutputArtifactFormat": "CODE_ZIP"}
    if from_.provider == "codecommit":
        return "CodeCommit", {"RepositoryName": from_.repository, "PollForSourceChanges": "false", **branch}
    connection = {"ConnectionArn": from_.connection_arn, "FullRepositoryId": from_.repository}
    # The trigger below says what starts a release; detection besides would start one for every push, whatever its
    # paths.
    return "CodeStarSourceConnection", {**connection, "DetectChanges": "false", **branch}


def triggers(settings: Settings) -> Properties:
    """Return the Triggers property for a source with a connection."""
    from_ = settings.source
    if not from_.connected:
        return {}
    filters: Properties = {"Branches": GitBranchFilterCriteria(Includes=[from_.branch])}
    paths = {"Includes": list(from_.include_paths), "Excludes": list(from_.exclude_paths)}
    chosen: Properties = {which: patterns for which, patterns in paths.items() if patterns}
    if chosen:
        filters["FilePaths"] = GitFilePathFilterCriteria(**chosen)
    push = GitConfiguration(SourceActionName="App", Push=[GitPushFilter(**filters)])
    return {"Triggers": [PipelineTriggerDeclaration(ProviderType="CodeStarSourceConnection", GitConfiguration=push)]}


def may_read(settings: Settings) -> list[Statement]:
    """Return what the pipeline may do to fetch its sources."""
    from_ = settings.source
    statements = read_object("${TemplateBucket}", Names(settings.app).package)
    if from_.provider == "s3":
        return [*statements, *read_object(*from_.repository.split("/", 1))]
    if from_.provider == "codecommit":
        actions = [f"codecommit:{verb}" for verb in PULL_COMMIT]
        return [*statements, allow(actions, arn("codecommit", from_.repository))]
    service = from_.connection_arn.split(":")[2]
    this_one = {"StringEqualsIfExists": {f"{service}:FullRepositoryId": from_.repository}}
    return [*statements, allow([f"{service}:UseConnection"], from_.connection_arn, this_one)]


def read_object(bucket: str, object_key: str) -> list[Statement]:
    """Let the pipeline fetch one object of a bucket."""
    the_bucket, the_object = (arn("s3", name, region="", account="") for name in (bucket, f"{bucket}/{object_key}"))
    return [allow(READ_OBJECT, the_object), allow(READ_BUCKET, the_bucket)]


def resources(settings: Settings) -> list[Part]:
    """Return the events that start the pipeline, and the role with which they do."""
    names = Names(settings.app)
    rules = f"rule/{settings.app}-*"
    starter = role(
        "StartRole",
        Sub(names.role("start")),
        trust("events.amazonaws.com", arn("events", rules)),
        allow(["codepipeline:StartPipelineExecution"], arn("codepipeline", settings.app)),
        **tagged(settings),
    )
    package = object_created(Ref("TemplateBucket"), names.package)
    return [starter, starts(settings, "Package", "A new version of the package", package), *pushes(settings)]


def pushes(settings: Settings) -> list[Part]:
    """Return the event that a push to the repository is, where no trigger of the pipeline listens for it."""
    from_ = settings.source
    if from_.connected:
        return []
    if from_.provider == "s3":
        pattern = object_created(*from_.repository.split("/", 1))
    else:
        detail = {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"]}
        pattern = {
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [arn("codecommit", from_.repository)],
            "detail": {**detail, "referenceName": [from_.branch]},
        }
    return [starts(settings, "Push", "A new version of the application", pattern)]


def object_created(bucket: Any, object_key: str) -> Properties:
    """Return the event of a new version of an object. Its bucket has to send events to EventBridge."""
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [object_key]}}
    return {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}


def starts(settings: Settings, title: str, description: str, pattern: Properties) -> Rule:
    """Return the rule that starts the pipeline."""
    return Rule(
        f"{title}Rule",
        Name=f"{settings.app}-{title.lower()}",
        Description=description,
        EventPattern=pattern,
        Targets=[Target(Id="pipeline", Arn=arn("codepipeline", settings.app), RoleArn=GetAtt("StartRole", "Arn"))],
        **tagged(settings),
    )
