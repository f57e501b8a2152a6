"""The action types: what each takes, and what each leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ActionType:
    """One provider's actions."""

    provider: str
    categories: tuple[str, ...]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    inputs: tuple[int, int] = (0, 0)
    outputs: tuple[int, int] = (0, 0)

    def described(self, category: str) -> dict[str, Any]:
        """Return the type as ListActionTypes does."""
        properties = [(name, True) for name in self.required] + [(name, False) for name in self.optional]
        return {
            "id": {"category": category, "owner": "AWS", "provider": self.provider, "version": "1"},
            "settings": {},
            "actionConfigurationProperties": [
                {"name": name, "required": required, "key": required, "secret": False} for name, required in properties
            ],
            "inputArtifactDetails": {"minimumCount": self.inputs[0], "maximumCount": self.inputs[1]},
            "outputArtifactDetails": {"minimumCount": self.outputs[0], "maximumCount": self.outputs[1]},
        }


TYPES = {
    one.provider: one
    for one in (
        ActionType(
            "CodeCommit",
            ("Source",),
            ("RepositoryName", "BranchName"),
            ("PollForSourceChanges", "OutputArtifactFormat"),
            outputs=(1, 1),
        ),
        ActionType(
            "CodeStarSourceConnection",
            ("Source",),
            ("ConnectionArn", "FullRepositoryId", "BranchName"),
            ("OutputArtifactFormat", "DetectChanges"),
            outputs=(1, 1),
        ),
        ActionType("S3", ("Source",), ("S3Bucket", "S3ObjectKey"), ("PollForSourceChanges",), outputs=(1, 1)),
        ActionType(
            "CodeBuild",
            ("Build", "Test"),
            ("ProjectName",),
            ("PrimarySource", "EnvironmentVariables", "BatchEnabled", "CombineArtifacts"),
            inputs=(1, 5),
            outputs=(0, 5),
        ),
        ActionType(
            "CloudFormation",
            ("Deploy",),
            ("ActionMode", "StackName"),
            (
                "Capabilities",
                "ChangeSetName",
                "OutputFileName",
                "ParameterOverrides",
                "RoleArn",
                "TemplateConfiguration",
                "TemplatePath",
            ),
            inputs=(0, 10),
            outputs=(0, 1),
        ),
        ActionType("Manual", ("Approval",), (), ("CustomData", "ExternalEntityLink", "NotificationArn")),
        ActionType("Lambda", ("Invoke",), ("FunctionName",), ("UserParameters",), inputs=(0, 5), outputs=(0, 5)),
    )
}
# What a CloudFormation action needs besides, by its mode.
MODES = {
    "CREATE_UPDATE": ("TemplatePath", "RoleArn"),
    "REPLACE_ON_FAILURE": ("TemplatePath", "RoleArn"),
    "DELETE_ONLY": ("RoleArn",),
    "CHANGE_SET_REPLACE": ("TemplatePath", "RoleArn", "ChangeSetName"),
    "CHANGE_SET_EXECUTE": ("ChangeSetName",),
}
# Settings whose other values the rehearsal does not have.
ONLY = {
    ("OutputArtifactFormat", "CODE_ZIP"),
    ("BatchEnabled", "false"),
    ("CombineArtifacts", "false"),
}
