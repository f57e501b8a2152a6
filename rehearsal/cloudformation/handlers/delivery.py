"""Pipelines and the builds in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Name, Tagging
from rehearsal.cloudformation.handlers.terms import names, send, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call

PIPELINE = "ArtifactStore ArtifactStores ExecutionMode PipelineType RoleArn Stages Triggers Variables"
PROJECT = (
    "Artifacts AutoRetryLimit BadgeEnabled BuildBatchConfig Cache ConcurrentBuildLimit Description EncryptionKey "
    "Environment FileSystemLocations LogsConfig QueuedTimeoutInMinutes SecondaryArtifacts SecondarySources "
    "SecondarySourceVersions ServiceRole Source SourceVersion TimeoutInMinutes VpcConfig"
)


@dataclass(frozen=True)
class ProjectTagging(Tagging):
    """CodeBuild takes a project's tags as a whole, so what is not ours is sent back as it is."""

    def change(
        self, call: Call, service: str, document: Document, before: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        """Bring the tags from one state to the other."""
        if dict(before) == dict(after):
            return
        project = send(call, service, "BatchGetProjects", {"names": [document["Id"]]})["projects"][0]
        kept = {tag["key"]: tag["value"] for tag in project.get("tags", []) if tag["key"] not in before}
        send(call, service, "UpdateProject", {"name": document["Id"], "tags": self.shape({**kept, **after})})


def _pipeline(values: dict[str, Any]) -> dict[str, Any]:
    definition = {name: value for name, value in values.items() if name != "Tags"}
    if "ArtifactStores" in definition:
        stores = definition["ArtifactStores"]
        definition["ArtifactStores"] = {store["Region"]: store["ArtifactStore"] for store in stores}
    return {"pipeline": definition, **({"Tags": values["Tags"]} if "Tags" in values else {})}


PIPELINE_HANDLER = Described(
    type="AWS::CodePipeline::Pipeline",
    service="codepipeline",
    creation=step("CreatePipeline", PIPELINE, turned=_pipeline),
    identity="Response.pipeline.name",
    name=Name("Name", 100),
    updates=(step("UpdatePipeline", PIPELINE, along=f"{PIPELINE} Name", turned=_pipeline),),
    reading=step("GetPipeline", where={"name": "Id"}),
    attributes={"Arn": "Response.metadata.pipelineArn", "Version": "to_string(Response.pipeline.version)"},
    replacing=names("Name"),
    tagging=Tagging("TagResource", "UntagResource", {"resourceArn": "Attributes.Arn"}),
    removal=step("DeletePipeline", where={"name": "Id"}),
    gone=names("PipelineNotFoundException"),
)
PROJECT_HANDLER = Described(
    type="AWS::CodeBuild::Project",
    service="codebuild",
    creation=step("CreateProject", PROJECT),
    identity="Response.project.name",
    name=Name("Name", 255),
    updates=(step("UpdateProject", PROJECT, where={"name": "Id"}),),
    defaults={"Description": "", "QueuedTimeoutInMinutes": 480, "TimeoutInMinutes": 60},
    attributes={"Arn": "Response.project.arn"},
    replacing=names("Name"),
    tagging=ProjectTagging("", "", {}),
    removal=step("DeleteProject", where={"name": "Id"}),
)
HANDLERS = (PIPELINE_HANDLER, PROJECT_HANDLER)
