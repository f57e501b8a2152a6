"""Where sources come from: git repositories behind CodeCommit and connections, and objects in S3.

Every repository is a bare git repository below the state folder, pushed to by its path. Its hook tells this server of
each push (`POST /_rehearsal/pushed`, answered by `pushes.pushed`), from where CodeCommit's events and the triggers of
pipelines follow. CodeCommit answers from the repository of the same name, so what git shows and what the API says
agree. A connection to GitHub, GitLab or Bitbucket is available as soon as it is made: nobody has to confirm it, and the
repository `owner/name` behind it is the one of that name here. An object stored in a bucket that notifies EventBridge
is an event, with the version that was stored.
"""

from typing import TYPE_CHECKING

from rehearsal.sources import seam
from rehearsal.sources.repositories import Repositories

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Answer for CodeCommit and connections, and let S3 tell of its objects."""
    seam.install(cloud)


def start(cloud: "Cloud") -> None:
    """Say where pushes are told to, now that the address is known."""
    Repositories(cloud.state).announce(cloud.endpoint)


def stop() -> None:
    """Leave moto as it was."""
    seam.remove()
