"""The settings of a target group: refused as AWS would."""

import re
from typing import Any

from rehearsal.loadbalancing.errors import between, invalid, misconfigured, unsupported

RANGES = {
    "healthcheck_interval_seconds": ("Health check interval", 5, 300),
    "healthcheck_timeout_seconds": ("Health check timeout", 2, 120),
    "healthy_threshold_count": ("Healthy threshold count", 2, 10),
    "unhealthy_threshold_count": ("Unhealthy threshold count", 2, 10),
}
CODES = re.compile(r"[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*")


def check_group(settings: dict[str, Any]) -> None:
    """Refuse a target group that AWS would not make, or that the rehearsal cannot."""
    kind = settings.get("target_type") or "instance"
    if kind not in ("ip", "instance"):
        raise unsupported(f"target groups with target type '{kind}'")
    if settings.get("protocol") not in (None, "HTTP", "HTTPS"):
        raise unsupported(f"target groups with protocol '{settings['protocol']}'")
    if settings.get("protocol_version") not in (None, "HTTP1"):
        raise unsupported(f"target groups with protocol version '{settings['protocol_version']}'")
    if settings.get("port") is not None:
        between(settings["port"], "port", 1, 65535)
    check_health(settings)


def check_health(settings: dict[str, Any]) -> None:
    """Refuse a health check that AWS would not make."""
    for name, (words, least, most) in RANGES.items():
        value = settings.get(name)
        if value is not None and not least <= int(value) <= most:
            raise invalid(f"{words} '{value}' must be between '{least}' and '{most}' inclusive")
    if settings.get("healthcheck_protocol") not in (None, "HTTP", "HTTPS"):
        raise misconfigured(f"Health check protocol '{settings['healthcheck_protocol']}' must be HTTP or HTTPS")
    if str(settings.get("healthcheck_enabled")).lower() == "false":
        raise misconfigured("Health check enabled must be true for target groups with target type 'ip'")
    port = settings.get("healthcheck_port")
    if port not in (None, "traffic-port"):
        between(port, "healthCheckPort", 1, 65535)
    if not str(settings.get("healthcheck_path") or "/").startswith("/"):
        raise invalid(f"Health check path '{settings['healthcheck_path']}' must begin with '/'")
    codes = (settings.get("matcher") or {}).get("HttpCode")
    if codes is not None and not CODES.fullmatch(str(codes)):
        raise invalid(f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive")
