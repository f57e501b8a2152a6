"""Where the images are kept."""

import json

from troposphere import Ref
from troposphere.ecr import EncryptionConfiguration, ImageScanningConfiguration, LifecyclePolicy, Repository

from pipeline.settings import Settings
from templates.parts import OUTLIVES_THE_STACK, Part, tagged

DAYS_UNTAGGED = 14


def resources(settings: Settings) -> list[Part]:
    """Return the repository: a tag, once given, names one image for ever."""
    repository = Repository(
        "Repository",
        RepositoryName=settings.app,
        ImageTagMutability="IMMUTABLE",
        ImageScanningConfiguration=ImageScanningConfiguration(ScanOnPush=True),
        EncryptionConfiguration=EncryptionConfiguration(EncryptionType="KMS", KmsKey=Ref("Key")),
        LifecyclePolicy=LifecyclePolicy(LifecyclePolicyText=lifecycle()),
        **OUTLIVES_THE_STACK,
        **tagged(settings),
    )
    return [repository]


def lifecycle() -> str:
    """Return the rule that expires what no tag names, and nothing else.

    A rule that counted images, or their days, would in time expire the one that is live, and the next task to start
    would find nothing to run. Parts of an image for several processors have no tag either, but ECR keeps those for
    the image's sake.
    """
    rule = {
        "rulePriority": 1,
        "description": "Expires only what no tag names: a rule by count or age would expire the image that is live",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": DAYS_UNTAGGED,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]}, sort_keys=True)
