"""CodeBuild: projects and builds, and the builds really run.

A build has a folder of its own with its sources and a Python of its own, and one shell that runs the commands of all
phases, so that what a command changes (its folder, its variables) is there for the next. The shell has the project's
environment, the credentials of the project's service role and the address of this server as its AWS endpoint; whatever
CodeBuild itself does for the build (reading sources, parameters and secrets, storing artifacts, writing logs) is done
with the same role. Only a privileged project is told where the Docker engine is. The shell and all that it starts are
one process group, ended with the build.

The build runs on this machine, not in the image that the project names: its tools are those of this machine. Left out:
caches and `run-as` (accepted, without effect), and, refused by name, reports, batch builds, `on-failure: RETRY`, build
badges, webhooks, Windows images, and sources other than CODEPIPELINE, S3, CODECOMMIT, GITHUB and NO_SOURCE.
"""

from typing import TYPE_CHECKING

from rehearsal.codebuild import seam

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Make moto's builds run."""
    seam.install(cloud)


def start(cloud: "Cloud") -> None:
    """Do nothing: a build's thread starts with the build."""
    del cloud


def halt() -> None:
    """End all builds."""
    seam.halt()


def stop() -> None:
    """End what builds there still are, and leave moto as it was."""
    seam.remove()
