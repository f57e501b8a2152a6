"""A function as moto keeps it, with its code looked at and its invocations run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaFunction, _s3_content
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

from rehearsal.functions.asynchronous import enqueue
from rehearsal.functions.code import check

if TYPE_CHECKING:
    from rehearsal.functions.fleet import Fleet

MISSING = "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}"


class Function(LambdaFunction):
    """One version of a function."""

    fleet: ClassVar[Fleet]

    def is_created(self) -> bool:
        """Say that it is there; moto asks this of what CloudFormation made."""
        return True

    def invoke(self, body: Any, request_headers: Any, response_headers: Any) -> str | bytes:
        """Take an event from another service of moto's: those do not wait for the function."""
        del request_headers, response_headers
        enqueue(self.fleet, self, body.decode() if isinstance(body, bytes) else body or "{}")
        return b""

    def _set_function_code(self, updated_spec: dict[str, Any]) -> None:
        content = self._object(updated_spec) if "S3Bucket" in updated_spec else None
        super()._set_function_code(updated_spec)
        if content is not None and not updated_spec.get("DryRun"):
            # moto takes the newest object, whichever version was asked for.
            self.code_bytes, self.code_size, self.code_sha_256, self.code_digest = _s3_content(content)
        check(self.code_bytes)

    def _object(self, spec: dict[str, Any]) -> Any:
        version = spec.get("S3ObjectVersion")
        store = s3_backends[self.account_id][self.partition]
        try:
            found = store.get_object(spec["S3Bucket"], spec["S3Key"], version_id=version)
        except MissingBucket:
            text = MISSING.format("NoSuchBucket", "The specified bucket does not exist")
            raise InvalidParameterValueException(text) from None
        if found is None:
            kind = ("NoSuchVersion", "version") if version else ("NoSuchKey", "key")
            text = MISSING.format(kind[0], f"The specified {kind[1]} does not exist.")
            raise InvalidParameterValueException(text)
        return found
