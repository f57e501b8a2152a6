"""What AWS answers to a call that it refuses."""

from moto.elbv2.exceptions import ELBClientError


def invalid(message: str) -> ELBClientError:
    """Return the error of a parameter that cannot be."""
    return ELBClientError("ValidationError", message)


def misconfigured(message: str) -> ELBClientError:
    """Return the error of a parameter that does not go with the rest."""
    return ELBClientError("InvalidConfigurationRequest", message)


def unsupported(what: str) -> ELBClientError:
    """Return the error of something that AWS would do and the rehearsal does not."""
    return misconfigured(f"The rehearsal does not support {what}.")


def not_permitted(message: str) -> ELBClientError:
    """Return the error of a call that the resource's kind or settings forbid."""
    return ELBClientError("OperationNotPermitted", message)


def one_of(value: object, field: str, valid: tuple[str, ...]) -> None:
    """Refuse a value that is none of those that are valid."""
    if value not in valid:
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(valid)}]"
        )


def between(value: object, field: str, least: int, most: int) -> int:
    """Return a number, refused if it is outside of its range."""
    text = str(value)
    if not text.isdigit() or not least <= int(text) <= most:
        raise invalid(f"'{field}' value '{value}' must be between '{least}-{most}' inclusive")
    return int(text)
