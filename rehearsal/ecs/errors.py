"""Errors of the API, worded as AWS words them."""

from moto.ecs.exceptions import ECSException


class TaskError(Exception):
    """A task cannot be started; the sentence is what `stoppedReason` says."""


def client(message: str) -> ECSException:
    """Return the error for a request that makes no sense."""
    return ECSException("ClientException", message)


def invalid(message: str) -> ECSException:
    """Return the error for a parameter that is not valid."""
    return ECSException("InvalidParameterException", message)


def unsupported(what: str) -> ECSException:
    """Return the error for what AWS does and the rehearsal does not."""
    return ECSException("UnsupportedFeatureException", f"The rehearsal does not support {what}.")


def occupied(what: str) -> ECSException:
    """Return the error for a cluster that cannot be deleted yet."""
    return ECSException(f"ClusterContains{what}Exception", f"The Cluster cannot be deleted while {what} are active.")


def inactive() -> ECSException:
    """Return the error for a service that is being deleted, or was."""
    return ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
