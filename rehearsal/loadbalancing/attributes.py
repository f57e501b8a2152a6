"""The attributes of load balancers and target groups: which there are, what they may be, and what we can do."""

from typing import Any

from rehearsal.loadbalancing.errors import between, invalid, misconfigured, one_of, unsupported

BALANCER = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "health_check_logs.s3.enabled": "false",
    "health_check_logs.s3.bucket": "",
    "health_check_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
GROUP = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
RANGES = {
    "client_keep_alive.seconds": (60, 604800),
    "deregistration_delay.timeout_seconds": (0, 3600),
    "idle_timeout.timeout_seconds": (1, 4000),
}
CHOICES = {
    "load_balancing.algorithm.type": ("round_robin", "least_outstanding_requests", "weighted_random"),
    "routing.http.desync_mitigation_mode": ("monitor", "defensive", "strictest"),
    "routing.http.xff_header_processing.mode": ("append", "preserve", "remove"),
}
# Logs are accepted, because an environment that keeps them on AWS shall rehearse as it is; none is written.
LOGS = ("access_logs.", "connection_logs.", "health_check_logs.")
# These change nothing on one machine, or are met in any case: requests are always read strictly.
HARMLESS = frozenset(
    (
        "ipv6.deny_all_igw_traffic",
        "load_balancing.cross_zone.enabled",
        "routing.http2.enabled",
        "waf.fail_open.enabled",
        "zonal_shift.config.enabled",
        "stickiness.app_cookie.cookie_name",
        "stickiness.app_cookie.duration_seconds",
        "stickiness.lb_cookie.duration_seconds",
        "stickiness.type",
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    )
)
DONE = frozenset(
    (
        "client_keep_alive.seconds",
        "deletion_protection.enabled",
        "deregistration_delay.timeout_seconds",
        "idle_timeout.timeout_seconds",
        "load_balancing.algorithm.type",
        "routing.http.desync_mitigation_mode",
        "routing.http.drop_invalid_header_fields.enabled",
        "routing.http.preserve_host_header.enabled",
        "routing.http.xff_client_port.enabled",
        "routing.http.xff_header_processing.mode",
        "slow_start.duration_seconds",
    )
)


def check_balancer(attributes: dict[str, Any]) -> None:
    """Refuse what cannot be an attribute of a load balancer, or not here."""
    for key, value in attributes.items():
        if key not in BALANCER:
            raise misconfigured(f"Load balancer attribute key '{key}' is not recognized")
        _check(key, str(value), BALANCER)


def check_group(attributes: dict[str, Any]) -> None:
    """Refuse what cannot be an attribute of a target group, or not here."""
    for key, value in attributes.items():
        if key not in GROUP:
            raise invalid(f"Target group attribute key '{key}' is not recognized")
        _check(key, str(value), GROUP)


def _check(key: str, value: str, defaults: dict[str, str]) -> None:
    if key in RANGES:
        between(value, key, *RANGES[key])
    if key in CHOICES:
        one_of(value, key, CHOICES[key])
    if key == "slow_start.duration_seconds" and value != "0":
        between(value, key, 30, 900)
    if key.endswith(".enabled") and defaults[key] in ("true", "false"):
        one_of(value, key, ("true", "false"))
    done = key in DONE and value != "weighted_random"
    if not done and key not in HARMLESS and not key.startswith(LOGS) and value != defaults[key]:
        raise unsupported(f"the attribute '{key}' with the value '{value}'")
