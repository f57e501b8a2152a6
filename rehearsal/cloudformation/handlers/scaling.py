"""How many of something there may be, and by which rule: kept as the service keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described
from rehearsal.cloudformation.handlers.terms import names, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call, Made, Replacement

WHERE = "ResourceId ScalableDimension ServiceNamespace"
LIMITS = "MaxCapacity MinCapacity RoleARN SuspendedState"
RULE = "PolicyType StepScalingPolicyConfiguration TargetTrackingScalingPolicyConfiguration"


class Policies(Described):
    """Policies, whose target is named by its id or in three parts."""

    @property
    def properties(self) -> frozenset[str]:
        """Return every property that is understood."""
        return super().properties | {"ScalingTargetId"}

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Make it."""
        return super().create(call, _spelled(properties))

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Change it."""
        return super().update(call, physical_id, attributes, _spelled(old), _spelled(new))

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Remove it."""
        super().delete(call, physical_id, _spelled(properties))


def _spelled(properties: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(properties)
    target = given.pop("ScalingTargetId", None)
    if target is not None:
        given["ResourceId"], given["ScalableDimension"], given["ServiceNamespace"] = str(target).split("|")
    return given


TARGET = Described(
    type="AWS::ApplicationAutoScaling::ScalableTarget",
    service="application-autoscaling",
    creation=step("RegisterScalableTarget", f"{WHERE} {LIMITS}"),
    identity="join('|', [Properties.ResourceId, Properties.ScalableDimension, Properties.ServiceNamespace])",
    updates=(step("RegisterScalableTarget", LIMITS, along=f"{WHERE} {LIMITS}"),),
    attributes={"Id": "Id"},
    replacing=names(WHERE),
    removal=step("DeregisterScalableTarget", WHERE),
    gone=names("ObjectNotFoundException"),
)
POLICY = Policies(
    type="AWS::ApplicationAutoScaling::ScalingPolicy",
    service="application-autoscaling",
    creation=step("PutScalingPolicy", f"{WHERE} {RULE} PolicyName"),
    identity="Response.PolicyARN",
    updates=(step("PutScalingPolicy", RULE, along=f"{WHERE} {RULE} PolicyName"),),
    attributes={"Arn": "Id"},
    replacing=names(f"{WHERE} PolicyName"),
    removal=step("DeleteScalingPolicy", f"{WHERE} PolicyName"),
    gone=names("ObjectNotFoundException"),
)
HANDLERS = (TARGET, POLICY)
