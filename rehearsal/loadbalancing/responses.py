"""moto's wire layer for load balancers, with what it leaves out."""

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.responses import ELBV2Response

from rehearsal.loadbalancing.errors import unsupported
from rehearsal.loadbalancing.limits import ACCOUNT

# What callers may not even name, unless it says what is so anyway.
UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "CreateListener": ("MutualAuthentication", "AlpnPolicy"),
    "CreateLoadBalancer": ("CustomerOwnedIpv4Pool", "IpamPools", "EnablePrefixForIpv6SourceNat"),
    "CreateRule": ("Transforms",),
    "CreateTargetGroup": ("TargetControlPort",),
    "ModifyListener": ("MutualAuthentication", "AlpnPolicy"),
    "ModifyRule": ("Transforms", "ResetTransforms"),
}
NOTHING: tuple[object, ...] = (None, "", [], {}, "off", "false", {"Mode": "off"}, ["None"])
PAGE = 400


class Response(ELBV2Response):
    """One call."""

    def call_action(self) -> TYPE_RESPONSE:
        """Answer what is not implemented with an error that clients understand."""
        action = self._get_action()
        try:
            for name in UNSUPPORTED.get(action, ()):
                if self._get_params().get(name) not in NOTHING:
                    raise unsupported(f"the parameter '{name}' of {action}")
            return super().call_action()
        except NotImplementedError:
            return self._refused(ELBClientError("InvalidAction", f"The rehearsal does not support {action}."))
        except ELBClientError as error:
            return self._refused(error)

    def describe_target_groups(self) -> ActionResult:
        """Return target groups by the page."""
        return self._page("TargetGroups", super().describe_target_groups())

    def describe_listeners(self) -> ActionResult:
        """Return listeners by the page."""
        return self._page("Listeners", super().describe_listeners())

    def describe_account_limits(self) -> ActionResult:
        """Return AWS's quotas, those that are enforced here among them."""
        limits = [{"Name": name, "Max": str(most)} for name, most in ACCOUNT.items()]
        return self._page("Limits", ActionResult({"Limits": limits}))

    def modify_target_group_attributes(self) -> ActionResult:
        """Return all attributes, not only those that changed."""
        super().modify_target_group_attributes()
        return self.describe_target_group_attributes()

    def _page(self, name: str, everything: ActionResult) -> ActionResult:
        found: list[Any] = list(everything.result[name])  # type: ignore[index]  # a dict in all these calls
        size = self._get_int_param("PageSize", PAGE)
        start = int(self._get_param("Marker") or 0)
        end = start + size
        return ActionResult({name: found[start:end], "NextMarker": str(end) if end < len(found) else None})

    def _refused(self, error: ELBClientError) -> TYPE_RESPONSE:
        status, headers, body = self.serialized(ActionResult(error))
        return status, headers, body
