"""All stacks of one region, and the operations under way on them."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation import differences
from rehearsal.cloudformation.errors import StackNotFoundError, ValidationError
from rehearsal.cloudformation.failure import reason_of
from rehearsal.cloudformation.journal import Journal
from rehearsal.cloudformation.location import located
from rehearsal.cloudformation.nested import Nested
from rehearsal.cloudformation.parameters import bind
from rehearsal.cloudformation.reading import URL_LIMIT, limited
from rehearsal.cloudformation.stack import STACK_TYPE, Intent, Output, Stack
from rehearsal.cloudformation.template import Template
from rehearsal.cloudformation.validation import require_capabilities, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rehearsal.cloud import Cloud
    from rehearsal.cloudformation.changesets import ChangeSet
    from rehearsal.cloudformation.handler import Handler
    from rehearsal.cloudformation.operation import Operation

SESSION = "AWSCloudFormation"
CUSTOM = "AWS::CloudFormation::CustomResource"
# Clients poll every 30 seconds, so a small stack is best finished before the call that started it answers.
ANSWER_WITHIN = 5.0


class Region:
    """The engine of one region."""

    def __init__(self, cloud: Cloud, name: str, account: str, handlers: Mapping[str, Handler]) -> None:
        """Start without stacks."""
        self.cloud = cloud
        self.name = name
        self.account = account
        self.lock = threading.RLock()
        self.journal = Journal(cloud, self.lock)
        self.stacks: dict[str, Stack] = {}
        self.change_sets: dict[str, ChangeSet] = {}
        self.operations: dict[str, Operation] = {}
        # Updates whose rollback failed, waiting for ContinueUpdateRollback.
        self.stuck: dict[str, Operation] = {}
        self._handlers: dict[str, Handler] = {**handlers, STACK_TYPE: Nested(self)}
        self.nothing = Intent(Template("{}", {"Resources": {}}), {}, {}, {})

    def handler(self, kind: str) -> Handler:
        """Return what knows the type."""
        return self._handlers[CUSTOM if kind.startswith("Custom::") else kind]

    def knows(self, kind: str) -> bool:
        """Tell whether the type is supported."""
        return (CUSTOM if kind.startswith("Custom::") else kind) in self._handlers

    def stack(self, name: str) -> Stack:
        """Return the stack of that name, or that id, which may have been deleted."""
        with self.lock:
            found = self.stacks.get(name)
            if found is None:
                found = next((stack for stack in self.stacks.values() if stack.name == name and stack.exists), None)
        if found is None:
            raise StackNotFoundError(name)
        return found

    def named(self, name: str) -> Stack | None:
        """Return the existing stack of that name."""
        with self.lock:
            return next((stack for stack in self.stacks.values() if stack.name == name and stack.exists), None)

    def owner(self, kind: str, physical_id: str) -> Stack | None:
        """Return the stack that a resource belongs to."""
        with self.lock:
            for stack in self.stacks.values():
                if stack.exists and any(
                    (one.type, one.physical_id) == (kind, physical_id) for one in stack.resources.values()
                ):
                    return stack
        return None

    def draft(self, name: str, parent: Stack | None = None) -> Stack:
        """Return a new stack that is not listed yet."""
        partition = "aws-cn" if self.name.startswith("cn-") else "aws"
        stack = Stack(
            f"arn:{partition}:cloudformation:{self.name}:{self.account}:stack/{name}/{uuid.uuid4()}",
            name,
            self.name,
            self.account,
        )
        if parent is not None:
            stack.parent_id, stack.root_id = parent.id, parent.root_id or parent.id
            stack.act_for(parent)
        return stack

    def intent(self, stack: Stack, body: str, given: Mapping[str, str], tags: Mapping[str, str]) -> Intent:
        """Return what the template and parameters ask for, having checked it."""
        template = Template.parse(body)
        validate(template, self.knows)
        require_capabilities(template, stack.capabilities)
        return Intent(template, dict(given), bind(template, given, lambda name: self.ssm(stack, name)), dict(tags))

    def differs(self, stack: Stack, intent: Intent) -> bool:
        """Tell whether an update would do anything."""
        return differences.differs(self, stack, intent)

    def client(self, stack: Stack, service: str) -> Any:
        """Return a client with the rights of the stack's role."""
        role = stack.acting_role
        return self.cloud.client(service, self.name, role_arn=role, session=SESSION if role else "")

    def ssm(self, stack: Stack, name: str) -> str:
        """Return the value of an SSM parameter."""
        try:
            value: str = self.client(stack, "ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise ValidationError(error.response["Error"]["Message"]) from error
            raise ValidationError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error
        return value

    def fetch(self, url: str, role: str | None) -> str:
        """Return the template at a URL, read with the rights of the role."""
        place = located(url, self.cloud.endpoint)
        client = self.cloud.client("s3", self.name, role_arn=role, session=SESSION if role else "")
        try:
            body = client.get_object(**place)["Body"].read()
        except ClientError as error:
            raise ValidationError(f"S3 error: {error.response['Error']['Message']}") from error
        return limited(body.decode(), URL_LIMIT)

    def export(self, name: str) -> str | None:
        """Return the value exported under the name."""
        found = self.exporter(name)
        return found[1].value if found else None

    def exporter(self, name: str) -> tuple[Stack, Output] | None:
        """Return the stack and output that export the name."""
        with self.lock:
            for stack in self.stacks.values():
                if stack.exists and name in stack.exports():
                    return stack, stack.exports()[name]
        return None

    def users(self, export: str) -> list[str]:
        """Return the names of the stacks that import it."""
        with self.lock:
            return [stack.name for stack in self.stacks.values() if stack.exists and export in stack.imports]

    def importers(self, stack: Stack) -> str | None:
        """Say why the stack's exports forbid its deletion, if they do."""
        for name in stack.exports():
            if users := self.users(name):
                return f"Export {name} cannot be deleted as it is in use by {', '.join(users)}"
        return None

    def check_exports(self, stack: Stack, outputs: Iterable[Output]) -> None:
        """Refuse names that are taken, and changes of values that are in use."""
        later = {output.export: output.value for output in outputs if output.export}
        for name in later:
            found = self.exporter(name)
            if found and found[0] is not stack:
                raise ValidationError(f"Export with name {name} is already exported by stack {found[0].name}.")
        for name, output in stack.exports().items():
            if later.get(name) != output.value and (users := self.users(name)):
                verb = "update" if name in later else "delete"
                raise ValidationError(f"Cannot {verb} export {name} as it is in use by {', '.join(users)}.")

    def drop_change_sets(self, stack: Stack) -> None:
        """Forget what was proposed for a stack that is gone."""
        with self.lock:
            for change_set in [one for one in self.change_sets.values() if one.stack is stack]:
                del self.change_sets[change_set.id]

    def launch(
        self, operation: Operation, work: Callable[..., Any], *arguments: Any, after: Operation | None = None
    ) -> None:
        """Let the work begin, after what is still under way on the stack, and wait a moment for it to end."""
        # One that is continued runs once more, and that run has an end of its own.
        finished = operation.finished = threading.Event()
        if after is None:
            self.operations[operation.stack.id] = operation

        def run() -> None:
            if after is not None:
                # Until then the other one is the operation on the stack: its nested stacks still ask for it.
                after.finished.wait()
                self.operations[operation.stack.id] = operation
            try:
                work(*arguments)
            except Exception as error:
                # Nothing that a template does leads here; should it happen, the stack must not look busy for ever.
                status = operation.stack.status.replace("_IN_PROGRESS", "_FAILED")
                self.journal.stack(operation.stack, status, reason_of(error), operation.token)
                raise
            finally:
                finished.set()

        self.cloud.workers.spawn(f"cloudformation-{operation.stack.name}", run)
        finished.wait(ANSWER_WITHIN)
