"""Jobs: what a function is asked to do and answers for."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.errors import RefusedError

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task


@dataclass
class Job:
    """One request to a function."""

    task: Task
    data: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    answered: bool = False


class Jobs:
    """All jobs, open and closed."""

    def __init__(self) -> None:
        """Start with none."""
        self._jobs: dict[str, Job] = {}
        self._guard = threading.Lock()

    def open(self, task: Task, data: dict[str, Any]) -> Job:
        """Make a job."""
        job = Job(task, data)
        with self._guard:
            self._jobs[job.id] = job
        return job

    def find(self, job_id: str) -> Job:
        """Return a job, open or closed."""
        with self._guard:
            job = self._jobs.get(job_id)
        if job is None:
            raise RefusedError("JobNotFoundException", f"The job '{job_id}' cannot be found.")
        return job

    def answer(self, job_id: str) -> Job:
        """Take the one answer that a job can have."""
        job = self.find(job_id)
        with self._guard:
            if job.answered:
                message = f"The job '{job_id}' has ended: it cannot be answered any more."
                raise RefusedError("InvalidJobStateException", message)
            job.answered = True
        return job

    def close(self, run_id: str) -> None:
        """Take no answer for an action any more."""
        with self._guard:
            for job in self._jobs.values():
                if job.task.run.id == run_id:
                    job.answered = True
