"""The jobs of CodePipeline, which moto does not know: each is answered once, within the limits of botocore's model."""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError

MODEL = botocore.session.Session().get_service_model("codepipeline")


class Jobs:
    """Jobs that were handed out, and how each was answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, dict[str, Any]] = {}
        self._open: set[str] = set()
        self.late_answers: list[str] = []

    def open(self) -> str:
        """Hand out a new job."""
        job = str(uuid.uuid4())
        self._open.add(job)
        return job

    def answer(self, job: str) -> dict[str, Any] | None:
        """How a job was answered."""
        return self._answers.get(job)

    def succeeded(self, job: str) -> bool:
        """Whether a job was answered, and well."""
        return job in self._answers and "failureDetails" not in self._answers[job]

    def failure(self, job: str) -> dict[str, str]:
        """Why a job failed, as CodePipeline was told."""
        details: dict[str, str] = self._answers[job]["failureDetails"]
        return details

    def take(self, operation: str, body: str) -> str:
        """Answer a job, as CodePipeline does it."""
        given = json.loads(body)
        if wrong := list(_violations(MODEL.operation_model(operation).input_shape, given, operation)):
            raise JsonRESTError("ValidationException", "; ".join(wrong))
        with self._lock:
            job = given.pop("jobId")
            if job in self._answers:
                self.late_answers.append(job)
                raise JsonRESTError("InvalidJobStateException", f"Job {job} was answered before.")
            if job not in self._open:
                raise JsonRESTError("JobNotFoundException", f"Job {job} does not exist.")
            self._answers[job] = given
        return "{}"


@contextmanager
def pipeline_jobs() -> Iterator[Jobs]:
    """Teach moto's CodePipeline about jobs."""
    jobs = Jobs()
    operations = {"put_job_success_result": "PutJobSuccessResult", "put_job_failure_result": "PutJobFailureResult"}
    for method, operation in operations.items():

        def take(self: CodePipelineResponse, operation: str = operation) -> str:
            return jobs.take(operation, self.body)

        setattr(CodePipelineResponse, method, take)
    try:
        yield jobs
    finally:
        for method in operations:
            delattr(CodePipelineResponse, method)


def _violations(shape: Any, value: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from (f"{where}.{key} is unknown" for key in value if key not in shape.members)
        for key in value.keys() & shape.members.keys():
            yield from _violations(shape.members[key], value[key], f"{where}.{key}")
    elif shape.type_name == "map":
        for key, one in value.items():
            yield from _violations(shape.key, key, f"{where}'s key {key}")
            yield from _violations(shape.value, one, f"{where}.{key}")
    elif shape.type_name == "string":
        yield from _text_violations(shape.metadata, value, where)


def _text_violations(rules: dict[str, Any], value: str, where: str) -> Iterator[str]:
    if not rules.get("min", 0) <= len(value) <= rules.get("max", 10**6):
        yield f"{where} is {len(value)} characters long"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        yield f"{where} does not match {rules['pattern']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"{where} is none of {rules['enum']}"
