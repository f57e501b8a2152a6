"""The pipeline and all that it works with, from the commit to the flip.

A reader who follows a commit meets `sources` (what starts a release), `builds` (the image, and the discovery of who
is live), `stages` (build, deploy, approve, flip, in that order), `deployment` (what CloudFormation may do on the
pipeline's behalf) and `functions` (what moves production). `buckets`, `repository` and `approvals` hold what a
release leaves behind and whom it asks.

Nothing here changes from release to release: CodePipeline rolls a stage back only while the definition is what it
was. So templates and deployer travel as versions of one object, and the functions' code by the hash in the stack's
parameter.
"""

from troposphere import GetAtt, Parameter, Ref, Template

from pipeline.settings import Settings
from templates.parts import output, stack
from templates.pipeline import approvals, buckets, builds, deployment, functions, repository, sources, stages


def template(settings: Settings) -> Template:
    """Return the pipeline's stack."""
    return stack(
        f"{settings.app}: the pipeline, from the commit to the flip",
        *parameters(),
        *buckets.resources(settings),
        *repository.resources(settings),
        *approvals.resources(settings),
        *builds.resources(settings),
        *deployment.resources(settings),
        *functions.resources(settings),
        *sources.resources(settings),
        *stages.resources(settings),
        output("Pipeline", Ref("Pipeline"), "The pipeline"),
        output("RepositoryUri", GetAtt("Repository", "RepositoryUri"), "Where the images are"),
        output("ApprovalTopic", approvals.topic(settings), "The topic that is told when a release waits for approval"),
        output("ArtifactBucket", Ref("ArtifactBucket"), "Where the pipeline keeps its artifacts"),
        output("LogBucket", Ref("LogBucket"), "Where access logs are kept"),
    )


def parameters() -> list[Parameter]:
    """Return what the parent stack knows and this one needs."""
    return [
        Parameter("TemplateBucket", Type="String", Description="Where templates, deployer and functions are published"),
        Parameter("CodeKey", Type="String", Description="Key of the functions' code in that bucket"),
        Parameter("Key", Type="String", Description="ARN of the key that encrypts everything"),
        Parameter("Vpc", Type="AWS::EC2::VPC::Id", Description="The VPC"),
        Parameter("PublicSubnets", Type="String", Description="The load balancer's subnets, separated by commas"),
        Parameter("PrivateSubnets", Type="String", Description="The tasks' subnets, separated by commas"),
    ]
