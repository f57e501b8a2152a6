"""What a target is told: the event, a part of it, a constant, or a text made from it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.eventbus.event import Event

STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|'[^']*'|\"[^\"]*\")\]")
VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")
ABSENT = object()


def body(target: dict[str, Any], event: Event, rule_arn: str) -> str:
    """Return the text that this target receives for the event."""
    if "Input" in target:
        return str(target["Input"])
    if target.get("InputPath"):
        found = look_up(event, target["InputPath"])
        return json.dumps(None if found is ABSENT else found)
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def look_up(event: Any, path: str) -> Any:
    """Follow a path such as `$.detail.names[0]`."""
    rest = path.removeprefix("$")
    if not path.startswith("$") or "".join(match.group() for match in STEP.finditer(rest)) != rest:
        raise ValueError(f"{path} is not a path that EventBridge understands")
    for match in STEP.finditer(rest):
        key = match.group(1) or match.group(2)
        event = _step(event, key.strip("'\""), is_index=key.isdigit() and not match.group(1))
        if event is ABSENT:
            return ABSENT
    return event


def _step(node: Any, key: str, *, is_index: bool) -> Any:
    if is_index and isinstance(node, list):
        return node[int(key)] if int(key) < len(node) else ABSENT
    return node.get(key, ABSENT) if isinstance(node, dict) else ABSENT


def _transformed(transformer: dict[str, Any], event: Event, rule_arn: str) -> str:
    values = {name: look_up(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    template = transformer["InputTemplate"]
    return VARIABLE.sub(lambda match: _written(match, template, values), template)


def _written(match: re.Match[str], template: str, values: dict[str, Any]) -> str:
    if match.group(1) not in values:
        return match.group()
    value = values[match.group(1)]
    if value is ABSENT:
        value = ""
    if not _is_quoted(template, match.start()):
        return json.dumps(value)
    # Within quotes a text stands as it is, with what would end the quotes escaped.
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]


def _is_quoted(template: str, position: int) -> bool:
    before = re.sub(r"\\.", "", template[:position])
    return before.count('"') % 2 == 1
