"""What a parameter's declaration demands of its value."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.cloudformation.errors import ValidationError

Declaration = Mapping[str, Any]


def check(name: str, declared: Declaration, value: str) -> None:
    """Refuse a value that the declaration does not allow."""
    each = value.split(",") if declared["Type"] in ("CommaDelimitedList", "List<Number>") else [value]
    for item in each:
        for rule in RULES:
            if (complaint := rule(declared, item.strip() if len(each) > 1 else item)) is not None:
                described = declared.get("ConstraintDescription")
                raise ValidationError(
                    f"Parameter {name} failed to satisfy constraint: {described}"
                    if described
                    else f"Parameter '{name}' {complaint}"
                )


def _number(declared: Declaration, value: str) -> str | None:
    if declared["Type"] not in ("Number", "List<Number>"):
        return None
    try:
        number = float(value)
    except ValueError:
        return "must be a number."
    if "MinValue" in declared and number < float(declared["MinValue"]):
        return f"must be a number not less than {declared['MinValue']}"
    if "MaxValue" in declared and number > float(declared["MaxValue"]):
        return f"must be a number not greater than {declared['MaxValue']}"
    return None


def _allowed(declared: Declaration, value: str) -> str | None:
    allowed = declared.get("AllowedValues")
    if allowed is None or value in [plain(item) for item in allowed]:
        return None
    return "must be one of AllowedValues"


def _pattern(declared: Declaration, value: str) -> str | None:
    pattern = declared.get("AllowedPattern")
    return f"must match pattern {pattern}" if pattern and not re.fullmatch(pattern, value) else None


def _length(declared: Declaration, value: str) -> str | None:
    if len(value) < int(declared.get("MinLength", 0)):
        return f"must contain at least {declared['MinLength']} characters"
    if "MaxLength" in declared and len(value) > int(declared["MaxLength"]):
        return f"must contain at most {declared['MaxLength']} characters"
    return None


def plain(value: Any) -> str:
    """Return a default or allowed value as the text it stands for."""
    return str(value).lower() if isinstance(value, bool) else str(value)


RULES: tuple[Callable[[Declaration, str], str | None], ...] = (_number, _allowed, _pattern, _length)
