"""The only place where moto's own look at permissions is replaced by ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.iam.responses import IamResponse
from moto.s3.models import FakeBucket

from rehearsal.iam import managed, simulation
from rehearsal.iam.statements import Asked, read, says

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGINAL = FakeBucket.get_permission
# Operations that moto's IAM does not have.
SIMULATIONS = {
    "simulate_custom_policy": simulation.custom_policy,
    "simulate_principal_policy": simulation.principal_policy,
}


def install() -> None:
    """Let the gate read bucket policies, moto those only who come without credentials; add the policies of AWS."""
    _swap(_permission)
    managed.install()
    for name, simulate in SIMULATIONS.items():
        setattr(IamResponse, name, _answering(simulate))


def remove() -> None:
    """Leave moto as it was."""
    _swap(ORIGINAL)
    managed.remove()
    for name in SIMULATIONS.keys() & vars(IamResponse).keys():
        delattr(IamResponse, name)


def _answering(simulate: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Callable[[IamResponse], ActionResult]:
    def method(response: IamResponse) -> ActionResult:
        return ActionResult(simulate(response.current_account, response._get_params()))  # noqa: SLF001 - moto's own way

    return method


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    asked = Asked(action, resource, {"aws:securetransport": ["true"]})
    public = says(read(bucket.policy), asked, "Allow")
    return PermissionResult.PERMITTED if public else PermissionResult.NEUTRAL


def _swap(permission: Any) -> None:
    setattr(FakeBucket, "get_permission", permission)  # noqa: B010 - a method of moto's class
