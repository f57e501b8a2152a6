"""What AWS answers to a call that it refuses."""


class RefusedError(Exception):
    """A refusal, by AWS's own code and with a sentence."""

    def __init__(self, code: str, message: str) -> None:
        """Name the code as AWS does."""
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> RefusedError:
    """Return the error of a parameter that cannot be."""
    return RefusedError("ValidationException", message)


def unsupported(what: str) -> RefusedError:
    """Return the error of something that AWS would do and the rehearsal does not."""
    return invalid(f"The rehearsal does not support {what}.")


def no_pipeline(account: str, name: str) -> RefusedError:
    """Return the error of a pipeline that is not there."""
    message = f"Account '{account}' does not have a pipeline with name '{name}'"
    return RefusedError("PipelineNotFoundException", message)


def no_stage(pipeline: str, stage: str) -> RefusedError:
    """Return the error of a stage that is not there."""
    return RefusedError("StageNotFoundException", f"Pipeline '{pipeline}' does not have a stage with name '{stage}'")


def no_action(stage: str, action: str) -> RefusedError:
    """Return the error of an action that is not there."""
    return RefusedError("ActionNotFoundException", f"Stage '{stage}' does not have an action with name '{action}'")


def no_execution(pipeline: str, execution: str) -> RefusedError:
    """Return the error of an execution that is not there."""
    message = f"Pipeline '{pipeline}' does not have an execution with id '{execution}'"
    return RefusedError("PipelineExecutionNotFoundException", message)
