"""A clean refusal of every operation that nobody implemented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError

if TYPE_CHECKING:
    from collections.abc import Callable


class UnsupportedError(JsonRESTError):
    """Something that AWS would do and the rehearsal does not."""

    code = 501

    def __init__(self, what: str) -> None:
        """Name what is not done."""
        super().__init__("NotImplementedException", f"The rehearsal does not support {what}.")


def refusing(call_action: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Answer an operation that moto does not know as AWS answers one that it does not know."""

    def guarded(response: Any) -> Any:
        try:
            return call_action(response)
        except NotImplementedError:
            refusal = UnsupportedError(f"{response.service_name}:{response._get_action()}")  # noqa: SLF001 - moto's own way to it
            headers = {key: str(value) for key, value in refusal.get_headers()}
            return refusal.code, headers, refusal.get_body()

    return guarded
