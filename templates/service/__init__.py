"""One side: everything that a release may change, in one template, so that a side is pinned to its release as a whole.

Two stacks are made from it, Code1 and Code2, and they need not be made from the same version of it: the side that is
live keeps the version with which it was approved. So there is nothing in here that both sides share.
"""

from troposphere import GetAtt, Ref, Template

from pipeline.settings import Settings
from templates.names import SIDES, Names
from templates.parts import output, stack
from templates.service import alarms, fargate, interface, reach, roles


def template(settings: Settings) -> Template:
    """Return a side's stack."""
    names = Names(settings.app)
    made = stack(
        f"{settings.app}: one side of the application",
        *interface.parameters(),
        *roles.resources(settings),
        *reach.resources(settings),
        *fargate.resources(settings),
        *alarms.resources(settings),
        output("TargetGroup", Ref("TargetGroup"), interface.OUTPUTS["TargetGroup"]),
        output("TargetGroupName", GetAtt("TargetGroup", "TargetGroupFullName"), interface.OUTPUTS["TargetGroupName"]),
    )
    # How the image is built is part of a release, although CloudFormation has no resource for it.
    made.set_metadata({"Build": {"Context": settings.container.context, "Dockerfile": settings.container.dockerfile}})
    made.add_mapping("Sides", {side: {"Name": names.side(side)} for side in SIDES})
    return made
