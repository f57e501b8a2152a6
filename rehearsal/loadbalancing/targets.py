"""Calls about target groups and tags."""

from typing import Any

from moto.elbv2.exceptions import DuplicateTargetGroupName, TargetGroupNotFoundError, TooManyTagsError
from moto.elbv2.models import FakeTargetGroup

from rehearsal.loadbalancing import attributes
from rehearsal.loadbalancing.backend import Region, changes, reads
from rehearsal.loadbalancing.checks import check_group, check_health
from rehearsal.loadbalancing.errors import invalid

TAGS_PER_RESOURCE = 50
TAGGED_PER_CALL = 20
HEALTH = (
    "healthcheck_protocol",
    "healthcheck_port",
    "healthcheck_path",
    "healthcheck_interval_seconds",
    "healthcheck_timeout_seconds",
    "healthy_threshold_count",
    "unhealthy_threshold_count",
)


class Targets(Region):
    """Target groups, their targets, and tags of anything."""

    @changes
    def create_target_group(self, name: str, **settings: Any) -> FakeTargetGroup:
        """Make a target group, or return the one that is just so."""
        check_group(settings)
        existing = next((group for group in self.target_groups.values() if group.name == name), None)
        if existing is None:
            return super().create_target_group(name, **settings)
        if not _same(existing, settings):
            raise DuplicateTargetGroupName(
                f"A target group with the same name '{name}' exists, but with different settings"
            )
        return existing

    @changes
    def modify_target_group(self, arn: str, *args: Any, **settings: Any) -> FakeTargetGroup:
        """Change the health check."""
        named = dict(zip((*HEALTH, "codes"), (*args, *[None] * 8), strict=False))
        codes = named.pop("codes") or settings.get("http_codes")
        enabled = settings.get("health_check_enabled")
        check_health({**named, "matcher": {"HttpCode": codes}, "healthcheck_enabled": enabled})
        self._check_times(arn, named)
        return super().modify_target_group(arn, *args, **settings)

    @changes
    def modify_target_group_attributes(self, target_group_arn: str, wanted: dict[str, Any]) -> None:
        """Change attributes."""
        group = self.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError
        attributes.check_group(wanted)
        group.attributes.update({key: str(value) for key, value in wanted.items()})

    @changes
    def delete_target_group(self, target_group_arn: str) -> FakeTargetGroup:
        """Remove a target group that no rule leads to; one that is not there is no error, as on AWS."""
        if target_group_arn not in self.target_groups:
            return None  # type: ignore[return-value]  # nobody looks at it
        return super().delete_target_group(target_group_arn)

    @changes
    def register_targets(self, target_group_arn: str, instances: list[Any]) -> None:
        """Add targets."""
        super().register_targets(target_group_arn, instances)

    @changes
    def deregister_targets(self, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
        """Take targets out; they drain."""
        super().deregister_targets(target_group_arn, instances)

    @reads
    def describe_tags(self, resource_arns: list[str]) -> dict[str, dict[str, str]]:
        """Return tags of as many resources as a call may name."""
        if len(resource_arns) > TAGGED_PER_CALL:
            raise invalid(
                f"1 validation error detected: Value '{resource_arns}' at 'resourceArns' failed to satisfy constraint: "
                f"Member must have length less than or equal to {TAGGED_PER_CALL}"
            )
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
        return super().describe_tags(resource_arns)

    @changes
    def add_tags(self, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
        """Add or replace tags."""
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
            before = self.tagging_service.get_tag_dict_for_resource(arn)
            if len({*before, *(tag["Key"] for tag in tags)}) > TAGS_PER_RESOURCE:
                raise TooManyTagsError
            self.tagging_service.tag_resource(arn, tags)

    def _check_times(self, arn: str, named: dict[str, Any]) -> None:
        group = self.target_groups.get(arn)
        if group is None:
            raise TargetGroupNotFoundError
        interval = int(named["healthcheck_interval_seconds"] or group.health_check_interval_seconds)
        timeout = int(named["healthcheck_timeout_seconds"] or group.health_check_timeout_seconds)
        if timeout >= interval:
            raise invalid(f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'")


def _same(group: FakeTargetGroup, settings: dict[str, Any]) -> bool:
    names = {"vpc_id", "protocol", "port", "target_type", *HEALTH} & {name for name, value in settings.items() if value}
    return all(str(getattr(group, _field(name))) == str(settings[name]) for name in names)


def _field(setting: str) -> str:
    return setting.replace("healthcheck", "health_check")
