"""The conditions of rules: refused as AWS would, and completed as AWS describes them."""

import ipaddress
from typing import Any

from rehearsal.loadbalancing.errors import invalid, unsupported

# Of these a rule has one at most.
SINGLE = ("host-header", "path-pattern", "http-request-method", "source-ip")
CONFIG = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
VALUES_PER_RULE = 5

Data = dict[str, Any]


def check(conditions: list[Data]) -> None:
    """Refuse what moto would let pass, or fall over."""
    if not conditions:
        raise invalid("A condition must be specified")
    fields = [condition.get("Field") for condition in conditions]
    for field in SINGLE:
        if fields.count(field) > 1:
            raise invalid(f"A rule can only have one '{field}' condition")
    for condition in conditions:
        _check_values(condition)
    if sum(len(values(condition)) for condition in conditions) > VALUES_PER_RULE:
        raise invalid(f"A rule can only have '{VALUES_PER_RULE}' condition values")


def completed(conditions: list[Data]) -> list[Data]:
    """Return the conditions with everything that AWS fills in: old and new notation say the same."""
    return [_both(condition) if condition["Field"] in SINGLE[:2] else condition for condition in conditions]


def values(condition: Data) -> list[Any]:
    """Return the values of a condition, whichever notation it has."""
    config = condition.get(CONFIG.get(condition.get("Field") or "", ""), {})
    found: list[Any] = config.get("Values") or condition.get("Values") or []
    return found


def _both(condition: Data) -> Data:
    found = values(condition)
    return {"Field": condition["Field"], "Values": found, CONFIG[condition["Field"]]: {"Values": found}}


def _check_values(condition: Data) -> None:
    config = condition.get(CONFIG.get(condition.get("Field") or "", ""), {})
    if condition.get("RegexValues") or config.get("RegexValues"):
        raise unsupported("regular expressions in conditions")
    if "Values" not in condition and not config.get("Values"):
        raise invalid("A condition value must be specified")
    if condition.get("Field") == "source-ip":
        _check_networks(values(condition))


def _check_networks(networks: list[str]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise invalid(f"The value '{network}' of the 'source-ip' condition is not a CIDR block") from None
