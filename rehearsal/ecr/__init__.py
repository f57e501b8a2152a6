"""ECR: moto keeps the repositories, a registry on loopback keeps the images, and both always say the same.

Engines push to and pull from a desk (`desk`) that stands before the registry and speaks its protocol. The desk asks for
a name and a password, which `GetAuthorizationToken` gives out (`tokens`), asks the gate whether their owner may do this
with that repository (`permissions`), refuses what ECR refuses, such as giving an immutable tag to another image, and
passes on the rest. What tags name which image is written down here (`shelf`); the registry behind keeps the bytes. So
an image has the same digest in the API, in the engine and in the registry, whichever registry that is.

A repository's URI begins with the desk's address. Each region has repositories of its own; which region is meant
follows from the password, as on AWS from the host's name.
"""

from typing import TYPE_CHECKING

from rehearsal.ecr import seam

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Put the desk before the registry, and let moto's repositories know of it."""
    seam.install(cloud)


def stop() -> None:
    """Close the desk and leave moto as it was."""
    seam.remove()
