"""All stacks of one release.toml, rendered and named by their content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from troposphere import Template

from pipeline.settings import Settings
from templates import cluster, load_balancer, main, network, pipeline, service

# As many hexadecimal digits of a hash as name a template: enough that no two share a name, few enough to read.
DIGITS = 32


@dataclass(frozen=True)
class Synthesis:
    """What a release.toml comes to: templates by name, and the keys under which they are published.

    The cluster's template has no key, since the pipeline takes it from the package.
    """

    app: str
    templates: Mapping[str, bytes]
    keys: Mapping[str, str]
    stacks: Mapping[str, Template] = field(repr=False, compare=False)

    @property
    def package(self) -> str:
        """The hash that names a release's template: the service's."""
        return content_hash(self.templates["service"])

    def to_yaml(self, name: str) -> str:
        """Return a template as YAML, with CloudFormation's short forms."""
        text: str = self.stacks[name].to_yaml()
        return text


def synthesize(settings: Settings) -> Synthesis:
    """Return all stacks. The same settings give the same bytes."""
    stacks = {
        "service": service.template(settings),
        "load_balancer": load_balancer.template(settings),
        "pipeline": pipeline.template(settings),
    }
    if not settings.network.existing:
        stacks["network"] = network.template(settings)
    keys = {name: key(settings, name, stack) for name, stack in stacks.items()}
    stacks["cluster"] = cluster.template(settings, keys)
    stacks["main"] = main.template(settings, keys)
    keys["main"] = key(settings, "main", stacks["main"])
    templates = {name: render(stack) for name, stack in stacks.items()}
    return Synthesis(settings.app, MappingProxyType(templates), MappingProxyType(keys), MappingProxyType(stacks))


def key(settings: Settings, name: str, stack: Template) -> str:
    """Return where a template is published: never in the place of another one."""
    return f"{settings.app}/{name}/{content_hash(render(stack))}.json"


def render(stack: Template) -> bytes:
    """Return a template as bytes that depend on nothing but its content."""
    return json.dumps(stack.to_dict(), indent=1, sort_keys=True).encode() + b"\n"


def content_hash(body: bytes) -> str:
    """Return what names a template."""
    return hashlib.sha256(body).hexdigest()[:DIGITS]
