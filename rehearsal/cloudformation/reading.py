"""Template text, JSON or YAML with short forms, becomes a document."""

import importlib
import json
from typing import Any

from rehearsal.cloudformation.errors import ValidationError

_yaml: Any = importlib.import_module("yaml")
BODY_LIMIT = 51_200
URL_LIMIT = 1_048_576
PLAIN_TAGS = frozenset({"Ref", "Condition"})
SHORT_FORMS = PLAIN_TAGS | {
    *("And", "Base64", "Cidr", "Equals", "FindInMap", "ForEach", "GetAZs", "GetAtt", "If", "ImportValue", "Join"),
    *("Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
}


def read(text: str) -> dict[str, Any]:
    """Return the template as a document."""
    document = _json(text) if text.lstrip().startswith("{") else _from_yaml(text)
    if not isinstance(document, dict):
        raise ValidationError("Template format error: unsupported structure.")
    return document


def limited(text: str, limit: int) -> str:
    """Return the text unless it is longer than CloudFormation takes."""
    size = len(text.encode())
    if size > limit:
        raise ValidationError(
            f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit} (it has {size})"
        )
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # A YAML flow mapping also starts with a brace.
        return _from_yaml(text)


def _from_yaml(text: str) -> Any:
    try:
        return _yaml.load(text, Loader=_loader)  # a SafeLoader with the short forms added
    except _yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise ValidationError(f"Template format error: YAML not well-formed.{where} {problem}") from error


def _short(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if suffix not in SHORT_FORMS:
        raise ValidationError(f"Template format error: unsupported tag !{suffix}")
    if isinstance(node, _yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, _yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in PLAIN_TAGS else f"Fn::{suffix}": value}


def _make_loader() -> Any:
    loader = type("TemplateLoader", (_yaml.SafeLoader,), {})
    # Dates such as AWSTemplateFormatVersion stay texts.
    plain = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader.yaml_implicit_resolvers = plain  # type: ignore[attr-defined]  # yaml is untyped here
    loader.add_multi_constructor("!", _short)  # type: ignore[attr-defined]  # yaml is untyped here
    return loader


_loader = _make_loader()
