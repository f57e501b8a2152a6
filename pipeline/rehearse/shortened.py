"""The settings of a rehearsal: those of release.toml, with shorter waits, and with what only the real account has.

Nothing is left out of the release by this: the same stages, checks and thresholds, only looked at more often. What
settings refer to in the user's own account (network, certificate, secrets, topic, connection) is made here, and said.
"""

import json
import os
from dataclasses import dataclass, field
from typing import Any

from pipeline.rehearse.cloud import Cloud
from pipeline.settings import Settings

# The shortest that AWS allows.
INTERVAL, TIMEOUT, THRESHOLD = 5, 2, 2
MOST_GRACE = 30
MOST_DRAINING = 5
MOST_TASKS = 3
STAND_IN = "rehearsed"
PROVIDERS = {"github": "GitHub", "gitlab": "GitLab", "bitbucket": "Bitbucket"}


@dataclass
class Rehearsed:
    """The settings that are rehearsed, and in which ways they are not the user's."""

    settings: Settings
    notes: list[str] = field(default_factory=list)


def rehearsed(settings: Settings, cloud: Cloud) -> Rehearsed:
    """Return the settings to rehearse with, once everything that they name is there."""
    document = settings.model_dump(mode="json", exclude_unset=True)
    notes: list[str] = []
    _shorten(document, settings)
    for adapt in (_source, _network, _listener, _secrets, _topic):
        notes += adapt(document, settings, cloud)
    return Rehearsed(Settings.model_validate_json(_json(document)), notes)


def _json(document: dict[str, Any]) -> str:
    # Lists are kept as tuples in settings, which strict validation takes from JSON alone.
    return json.dumps(document)


def _shorten(document: dict[str, Any], settings: Settings) -> None:
    container = document.setdefault("container", {})
    check = settings.container.health_check
    container["desired_count"] = min(settings.container.desired_count, MOST_TASKS)
    container.setdefault("health_check", {}).update(
        interval=INTERVAL,
        timeout=TIMEOUT,
        healthy_threshold=THRESHOLD,
        unhealthy_threshold=THRESHOLD,
        grace=min(check.grace, MOST_GRACE),
    )
    release = document.setdefault("release", {})
    release["draining"] = min(settings.release.draining, MOST_DRAINING)
    release["healthy"] = min(settings.release.healthy, container["desired_count"])


def _source(document: dict[str, Any], settings: Settings, cloud: Cloud) -> list[str]:
    source = settings.source
    if source.provider == "codecommit":
        cloud.client("codecommit").create_repository(repositoryName=source.repository)
    if source.connected:
        kind = PROVIDERS[source.provider]
        made = cloud.client("codeconnections").create_connection(ConnectionName=settings.app, ProviderType=kind)
        document["source"]["connection_arn"] = made["ConnectionArn"]
    filters = [key for key in ("include_paths", "exclude_paths") if document["source"].pop(key, None)]
    return [f"{' and '.join(filters)} would ignore the story's own commits: every push is released."] if filters else []


def _network(document: dict[str, Any], settings: Settings, cloud: Cloud) -> list[str]:
    del cloud
    if not settings.network.existing:
        return []
    for key in ("vpc_id", "public_subnets", "private_subnets"):
        document["network"].pop(key, None)
    return [f"{settings.network.vpc_id} is in your account only: a VPC is made instead."]


def _listener(document: dict[str, Any], settings: Settings, cloud: Cloud) -> list[str]:
    del cloud
    if not settings.listener.secure:
        return []
    for key in ("certificate_arn", "production_port", "test_port"):
        document["listener"].pop(key, None)
    return ["The certificate is in your account only: both listeners speak plain HTTP."]


def _secrets(document: dict[str, Any], settings: Settings, cloud: Cloud) -> list[str]:
    notes = []
    values = {name: os.environ.get(name, STAND_IN) for name in settings.container.secrets}
    kept = Kept(cloud, {arn: values[name] for name, arn in settings.container.secrets.items()})
    for name, arn in settings.container.secrets.items():
        document["container"]["secrets"][name] = kept.where(arn)
        told = "what your environment says" if name in os.environ else f"{STAND_IN!r}; export {name} to give another"
        notes.append(f"The secret {name} is in your account only: its value is {told}.")
    return notes


@dataclass
class Kept:
    """Values of secrets by the ARN that the settings give, kept where such an ARN would have them kept."""

    cloud: Cloud
    values: dict[str, str]
    _made: dict[str, str] = field(default_factory=dict)

    def where(self, arn: str) -> str:
        """Return the ARN that a secret has here."""
        service, selected = arn.split(":")[2], arn.split(":")[7:]
        whole = ":".join(arn.split(":")[:7])
        if whole not in self._made:
            self._made[whole] = self._parameter(arn) if service == "ssm" else self._secret(whole)
        return ":".join([self._made[whole], *selected])

    def _parameter(self, arn: str) -> str:
        ssm, name = self.cloud.client("ssm"), arn.split(":")[5].removeprefix("parameter")
        ssm.put_parameter(Name=name, Value=self.values[arn], Type="SecureString", Overwrite=True)
        return str(ssm.get_parameter(Name=name)["Parameter"]["ARN"])

    def _secret(self, whole: str) -> str:
        """Make one secret of all the keys that the settings read from it."""
        parts = {arn.split(":")[7:8][0]: value for arn, value in self.values.items() if arn.startswith(f"{whole}:")}
        keys = {key: value for key, value in parts.items() if key}
        text = _json(keys) if keys else next(value for arn, value in self.values.items() if arn.startswith(whole))
        # What AWS puts behind the name is not part of it.
        name = whole.split(":")[6].rpartition("-")[0]
        return str(self.cloud.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"])


def _topic(document: dict[str, Any], settings: Settings, cloud: Cloud) -> list[str]:
    arn = settings.release.approval_topic_arn
    if arn:
        made = cloud.client("sns").create_topic(Name=arn.rpartition(":")[2])
        document["release"]["approval_topic_arn"] = made["TopicArn"]
    return []
