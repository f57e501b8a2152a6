"""Settings that differ from others in one field: an alternative for every field that a release.toml may hold."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from pipeline.settings import Settings
from templates.synthesis import Synthesis, synthesize
from tests.templates.samples import document, settings

ID = "11111111-2222-4333-8444-555555555555"

# What a field becomes. Where other fields have to follow for the whole to be valid, they stand beside it; None takes a
# field away.
ALTERNATIVES: dict[str, dict[str, Any]] = {
    "app": {"app": "another"},
    "source.provider": {"source.provider": "gitlab"},
    "source.repository": {"source.repository": "acme/another"},
    "source.branch": {"source.branch": "another"},
    "source.connection_arn": {
        "source.connection_arn": f"arn:aws:codeconnections:eu-west-1:123456789012:connection/{ID}"
    },
    "source.include_paths": {"source.include_paths": ["another/**"]},
    "source.exclude_paths": {"source.exclude_paths": ["another/**"]},
    "container.port": {"container.port": 4321},
    "container.cpu": {"container.cpu": 2048, "container.memory": 4096},
    "container.memory": {"container.cpu": 1024, "container.memory": 5120},
    "container.architecture": {"container.architecture": "arm64"},
    "container.desired_count": {"container.desired_count": 7},
    "container.dockerfile": {"container.dockerfile": "another/Dockerfile"},
    "container.context": {"container.context": "another"},
    "container.command": {"container.command": ["another"]},
    "container.readonly_root": {"container.readonly_root": False},
    "container.health_check.path": {"container.health_check.path": "/another"},
    "container.health_check.codes": {"container.health_check.codes": "418"},
    "container.health_check.interval": {"container.health_check.interval": 77},
    "container.health_check.timeout": {"container.health_check.timeout": 4},
    "container.health_check.healthy_threshold": {"container.health_check.healthy_threshold": 9},
    "container.health_check.unhealthy_threshold": {"container.health_check.unhealthy_threshold": 9},
    "container.health_check.grace": {"container.health_check.grace": 777},
    "container.environment": {"container.environment": {"ANOTHER": "1"}},
    "container.secrets": {
        "container.secrets": {"OTHER": "arn:aws:ssm:eu-west-1:123456789012:parameter/another"},
    },
    "network.cidr": {"network.cidr": "10.77.0.0/16"},
    "network.nat": {"network.nat": "none"},
    "network.vpc_id": {
        "network.cidr": None,
        "network.nat": None,
        "network.vpc_id": "vpc-0a1b2c3d4e5f60710",
        "network.public_subnets": ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"],
        "network.private_subnets": ["subnet-0a1b2c3d4e5f60713", "subnet-0a1b2c3d4e5f60714"],
    },
    "listener.production_port": {"listener.production_port": 9001},
    "listener.test_port": {"listener.test_port": 9002},
    "listener.certificate_arn": {"listener.certificate_arn": f"arn:aws:acm:eu-west-1:123456789012:certificate/{ID}"},
    "listener.test_cidr": {"listener.test_cidr": "192.0.2.0/24"},
    "listener.scheme": {"listener.scheme": "internal"},
    "release.approvers": {"release.approvers": ["another@example.com"]},
    "release.approval_topic_arn": {
        "release.approvers": None,
        "release.approval_topic_arn": "arn:aws:sns:eu-west-1:123456789012:another",
    },
    "release.healthy": {"release.healthy": 2},
    "release.watch": {"release.watch": 77},
    "release.alarms": {"release.watch": 78, "release.alarms": ["another"]},
    "release.draining": {"release.draining": 77},
    "release.log_retention": {"release.log_retention": 7},
    "tags": {"tags": {"another": "tag"}},
}
# With another VPC its subnets are other ones too, and only a VPC that is there has any.
ALTERNATIVES["network.public_subnets"] = ALTERNATIVES["network.vpc_id"] | {
    "network.public_subnets": ["subnet-0a1b2c3d4e5f60715", "subnet-0a1b2c3d4e5f60716"]
}
ALTERNATIVES["network.private_subnets"] = ALTERNATIVES["network.vpc_id"] | {
    "network.private_subnets": ["subnet-0a1b2c3d4e5f60717", "subnet-0a1b2c3d4e5f60718"]
}
# For files that have the alternative already.
OTHERWISE = {"container.architecture": {"container.architecture": "x86_64"}}

# What an alternative names in AWS is in the region and account of the file's other names.
BASES = {"minimal": "eu-west-1:123456789012", "secure": "eu-central-1:210987654321"}
CASES = [(base, field) for base in BASES for field in sorted(ALTERNATIVES)]


def fields(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Yield the dotted name of every field that can have more than one value."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, f"{prefix}{name}.")
        elif get_origin(kind) is not Literal or len(get_args(kind)) > 1:
            yield f"{prefix}{name}"


@cache
def varied(base: str, field: str) -> Settings:
    """Return the settings of a file, with the alternative for one field."""
    changed = _changed(base, ALTERNATIVES[field])
    return changed if changed != settings(base) else _changed(base, OTHERWISE[field])


@cache
def synthesis(base: str, field: str) -> Synthesis:
    """Return what those settings come to."""
    return synthesize(varied(base, field))


def _changed(base: str, alternative: dict[str, Any]) -> Settings:
    changed = document(base)
    here = json.loads(json.dumps(alternative).replace(BASES["minimal"], BASES[base]))
    for name, value in here.items():
        _put(changed, name.split("."), value)
    return Settings.model_validate(changed)


def _put(table: dict[str, Any], path: list[str], value: Any) -> None:
    *tables, key = path
    for name in tables:
        table = table.setdefault(name, {})
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
