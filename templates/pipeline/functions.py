"""The two functions: one moves production to what was approved, the other puts right what an update leaves behind."""

from typing import Any

from troposphere import GetAtt, Ref, Sub
from troposphere.awslambda import Code, Environment, EventInvokeConfig, Function, LoggingConfig, Permission
from troposphere.events import Rule, Target

from pipeline.settings import Settings
from templates.names import SIDES, Names, arn
from templates.parts import Part, Properties, excused, log_group, tagged
from templates.pipeline.builds import LOOK
from templates.policy import WRITE_LOGS, Statement, allow, role, trust

BALANCING = "elasticloadbalancing"
SECONDS = 120
# After this long nobody waits for the flip any more, and production had better stay where it is.
OLDEST_FLIP = 60
SETTLED = ("UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
NO_VPC = "It calls AWS only. Inside a VPC it would depend on that VPC's NAT or endpoints to move production."
NO_RESERVE = (
    "Two at a time are harmless, for a flip states the end and not the step. "
    "A reserve would fail the launch in accounts that still have the smallest quota."
)


def resources(settings: Settings) -> list[Part]:
    """Return both functions with what invokes them."""
    return [*flip(settings), *settle(settings)]


def flip(settings: Settings) -> list[Part]:
    """Return the function that moves production. The pipeline invokes it, and only the pipeline repeats it."""
    names = Names(settings.app)
    look = [f"{BALANCING}:{verb}" for verb in ("DescribeRules", "DescribeTags", "DescribeTargetHealth")]
    answer = ["codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"]
    why = "CodePipeline is told of every failure. A dead-letter queue would keep events that carry credentials."
    once = EventInvokeConfig(
        "FlipRetries",
        FunctionName=Ref("Flip"),
        Qualifier="$LATEST",
        MaximumRetryAttempts=0,
        MaximumEventAgeInSeconds=OLDEST_FLIP,
    )
    may = [allow(look, "*"), *may_move(names), allow(answer, "*")]
    return [*function(settings, "Flip", may, excuse=why), once]


def may_move(names: Names) -> list[Statement]:
    """Let a function point the rules at a side, and say on the sides which one is live."""
    groups = [arn(BALANCING, f"targetgroup/{names.side(side)}/*") for side in SIDES]
    return [
        allow([f"{BALANCING}:ModifyRule"], arn(BALANCING, f"listener-rule/app/{names.app}/*")),
        allow([f"{BALANCING}:AddTags"], groups),
    ]


def settle(settings: Settings) -> list[Part]:
    """Return the function that makes test rule and tags follow production after every update of the cluster stack.

    An update that fails is rolled back with the `Live` that was true when it began, and so are the tags.
    """
    listen = settings.listener
    look_at = {"LOAD_BALANCER": settings.app, "PRODUCTION_PORT": str(listen.production), "TEST_PORT": str(listen.test)}
    may = [allow(LOOK, "*"), *may_move(Names(settings.app)), allow(["kms:Decrypt"], Ref("Key"))]
    why = "It repeats what anybody can repeat: the next release and the next flip put the same things right."
    # The variables are no secret, but there is a key, so they are encrypted with it.
    environment: Properties = {"Environment": Environment(Variables=look_at), "KmsKeyArn": Ref("Key")}
    return [*function(settings, "Settle", may, excuse=why, **environment), *when_settled(settings)]


def when_settled(settings: Settings) -> list[Part]:
    """Return the rule that invokes the function when an update of the cluster stack has ended."""
    names = Names(settings.app)
    pattern = {
        "source": ["aws.cloudformation"],
        "detail-type": ["CloudFormation Stack Status Change"],
        "detail": {
            # Up to the slash: the nested stacks' ids go on differently.
            "stack-id": [{"prefix": arn("cloudformation", f"stack/{names.cluster_stack}/")}],
            "status-details": {"status": list(SETTLED)},
        },
    }
    return [
        Rule(
            "ClusterSettled",
            Name=f"{settings.app}-settled",
            Description="An update of the cluster stack has ended, one way or the other",
            EventPattern=pattern,
            Targets=[Target(Id="settle", Arn=GetAtt("Settle", "Arn"))],
            **tagged(settings),
        ),
        Permission(
            "SettleInvocation",
            Action="lambda:InvokeFunction",
            FunctionName=Ref("Settle"),
            Principal="events.amazonaws.com",
            SourceAccount=Ref("AWS::AccountId"),
            SourceArn=GetAtt("ClusterSettled", "Arn"),
        ),
    ]


def function(settings: Settings, title: str, may: list[Statement], *, excuse: str, **properties: Any) -> list[Part]:
    """Return a function with its role and its logs."""
    names = Names(settings.app)
    name = title.lower()
    write = allow(WRITE_LOGS, GetAtt(f"{title}Logs", "Arn"))
    return [
        log_group(f"{title}Logs", settings, names.log_group(name)),
        role(f"{title}Role", Sub(names.role(name)), trust("lambda.amazonaws.com"), write, *may, **tagged(settings)),
        Function(
            title,
            FunctionName=f"{settings.app}-{name}",
            Runtime="python3.13",
            Architectures=["arm64"],
            Handler=f"lambdas.{name}.handler",
            Code=Code(S3Bucket=Ref("TemplateBucket"), S3Key=Ref("CodeKey")),
            Role=GetAtt(f"{title}Role", "Arn"),
            Timeout=SECONDS,
            MemorySize=512,
            LoggingConfig=LoggingConfig(LogGroup=Ref(f"{title}Logs")),
            **tagged(settings),
            **excused(CKV_AWS_115=NO_RESERVE, CKV_AWS_116=excuse, CKV_AWS_117=NO_VPC),
            **properties,
        ),
    ]
