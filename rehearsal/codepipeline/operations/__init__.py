"""The service's operations: what a call says in, what it is answered out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline.operations import answers, executions, pipelines, stages

if TYPE_CHECKING:
    from rehearsal.codepipeline.operations.call import Operation

ALL: dict[str, Operation] = {
    "CreatePipeline": pipelines.create,
    "UpdatePipeline": pipelines.update,
    "GetPipeline": pipelines.get,
    "DeletePipeline": pipelines.delete,
    "ListPipelines": pipelines.list_all,
    "ListActionTypes": pipelines.action_types,
    "ListTagsForResource": pipelines.tags,
    "TagResource": pipelines.tag,
    "UntagResource": pipelines.untag,
    "StartPipelineExecution": executions.start,
    "StopPipelineExecution": executions.stop,
    "GetPipelineExecution": executions.get,
    "ListPipelineExecutions": executions.list_all,
    "ListActionExecutions": executions.actions,
    "GetPipelineState": stages.state,
    "EnableStageTransition": stages.enable,
    "DisableStageTransition": stages.disable,
    "RetryStageExecution": stages.retry,
    "RollbackStage": stages.roll_back,
    "PutApprovalResult": answers.approve,
    "PutJobSuccessResult": answers.succeed,
    "PutJobFailureResult": answers.fail,
    "GetJobDetails": answers.details,
}
