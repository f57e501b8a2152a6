"""One region's functions as moto keeps them, with what cannot run refused when it is made."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, ClassVar

import moto.awslambda.urls
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction

from rehearsal.functions.configuration import ACTING, NO_TRUST

if TYPE_CHECKING:
    from rehearsal.functions.fleet import Fleet

VARIABLES_LIMIT = 4096
REFUSED = {
    "DeadLetterConfig": "dead-letter queues of functions",
    "FileSystemConfigs": "file systems of functions",
    "CodeSigningConfigArn": "code signing",
}


class Backend(LambdaBackend):
    """The functions of one region."""

    fleet: ClassVar[Fleet]

    @property
    def _url_module(self) -> Any:
        return moto.awslambda.urls

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        """Make a function that can run here."""
        if spec.get("PackageType", "Zip") != "Zip" or "ImageUri" in spec.get("Code", {}):
            raise _unsupported("functions from container images")
        _check(spec)
        _check_runtime(spec.get("Runtime"))
        self._require_trust(spec)
        made = super().create_function(spec)
        # moto does not keep it.
        made.logging_config = spec.get("LoggingConfig", {})  # type: ignore[attr-defined]  # an addition of ours
        return made

    def update_function_configuration(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Change a function's settings; its next invocation sees them."""
        _check(body)
        if "Runtime" in body:
            _check_runtime(body["Runtime"])
        if "Role" in body:
            self._require_trust(body)
        if "Environment" in body:
            body = {**body, "Environment": {"Variables": body["Environment"].get("Variables", {})}}
        if "LoggingConfig" in body:
            self.get_function(function_name, qualifier).logging_config = body["LoggingConfig"]  # type: ignore[attr-defined]  # an addition of ours
        # Whatever is changed, no process made before it serves again.
        self.fleet.retire(self.get_function(function_name, qualifier))
        return super().update_function_configuration(function_name, qualifier, body)

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """Delete a function and end its processes."""
        function = self.get_function(function_name, qualifier)
        super().delete_function(function_name, qualifier)
        self.fleet.retire(function)

    def put_function_event_invoke_config(self, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        """Set how often an event is tried; what was set before is replaced."""
        return self._configure(function_name, config)

    def update_function_event_invoke_config(self, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        """Change how often an event is tried; what is not named stays."""
        before = self.get_function(function_name).event_invoke_config
        return self._configure(function_name, {**(before[0].config if before else {}), **config})

    def _require_trust(self, spec: dict[str, Any]) -> None:
        if not ACTING.may_assume(self.fleet.cloud, str(spec.get("Role"))):
            raise InvalidParameterValueException(NO_TRUST)

    def _configure(self, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        destinations = config.get("DestinationConfig", {})
        if any(destination.get("Destination") for destination in destinations.values()):
            raise _unsupported("destinations of asynchronous invocations")
        function = self.get_function(function_name)
        function.event_invoke_config = [EventInvokeConfig(function.function_arn, function.last_modified, config)]
        return function.event_invoke_config[0].response()


def _check(spec: dict[str, Any]) -> None:
    for name, what in REFUSED.items():
        if spec.get(name):
            raise _unsupported(what)
    variables = spec.get("Environment", {}).get("Variables", {})
    size = sum(len(str(part).encode()) for pair in variables.items() for part in pair)
    if size > VARIABLES_LIMIT:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {size}"
        )


def _check_runtime(runtime: str | None) -> None:
    if not runtime:
        raise InvalidParameterValueException(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    if runtime.startswith("python3."):
        return
    if not runtime.startswith("nodejs"):
        raise _unsupported(f"the runtime {runtime}; it runs python3.x and nodejs")
    if not shutil.which("node"):
        raise _unsupported(f"the runtime {runtime} on a machine without the program node")


def _unsupported(what: str) -> InvalidParameterValueException:
    return InvalidParameterValueException(f"The rehearsal does not support {what}.")
