"""A CloudFormation in memory, for what moto's does not do: nested stacks whose events take time, failures, rollbacks.

It answers to the calls of a boto3 client and does what its script says. Time is a clock that only moves when somebody
sleeps, so an hour of waiting takes no time.
"""

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

STACK = "AWS::CloudFormation::Stack"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ARN = "arn:aws:cloudformation:eu-west-1:123456789012"
PAGE = 4


@dataclass
class SteppingClock:
    """Time that passes only while somebody sleeps."""

    seconds: float = 0.0
    slept: list = field(default_factory=list)

    def now(self):
        return self.seconds

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Step:
    """What happens `after` so many seconds: `network/Vpc` is in the nested stack, `network!` is that stack itself."""

    after: float
    path: str
    status: str
    type: str = STACK
    reason: str = ""


@dataclass
class FakeStack:
    name: str
    id: str
    template: object
    parameters: dict
    tags: dict
    outputs: dict
    status: str = "REVIEW_IN_PROGRESS"
    events: list = field(default_factory=list)


class FakeCloudFormation:
    """The client. `scripts` holds what the next operations on the root stack do, `plans` what change sets find."""

    def __init__(self, clock):
        self.clock = clock
        self.stacks = {}
        self.change_sets = {}
        self.scripts = deque()
        self.plans = deque()
        self.troubles = {}
        self.calls = []
        self.read = lambda url: {"read from": url}
        self._count = 0

    # What a test arranges.

    def given(self, name, status, **known):
        """A stack that is there before the test begins."""
        stack = self._new(name, known.get("template", {}), known.get("parameters", {}), known.get("tags", {}))
        stack.outputs = known.get("outputs", {})
        self._event(stack, stack.name, stack.id, STACK, status, "", self.clock.now())
        return stack

    def under_way(self, name, steps):
        """A stack with an operation that somebody else has begun."""
        stack = self._new(name, {}, {}, {})
        self._play(stack, steps)
        return stack

    def trouble(self, operation, *codes):
        """The next calls of an operation fail with these errors; an exception is raised as it is."""
        self.troubles.setdefault(operation, deque()).extend(codes)

    def called(self, operation):
        return [arguments for name, arguments in self.calls if name == operation]

    # What a client does.

    def get_paginator(self, operation):
        return _Pages(getattr(self, operation))

    def describe_stacks(self, **asked):
        self._enter("describe_stacks", **asked)
        stack = self._find(asked["StackName"])
        if stack is None:
            raise _error("DescribeStacks", "ValidationError", f"Stack with id {asked['StackName']} does not exist")
        return {
            "Stacks": [
                {
                    "StackName": stack.name,
                    "StackId": stack.id,
                    "StackStatus": self._status(stack),
                    "Parameters": [
                        {"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()
                    ],
                    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in stack.outputs.items()],
                    "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
                }
            ]
        }

    def get_template(self, **asked):
        self._enter("get_template", **asked)
        return {"TemplateBody": self._find(asked["StackName"]).template}

    def describe_stack_events(self, **asked):
        self._enter("describe_stack_events", **asked)
        stack = self._find(asked["StackName"])
        visible = [told for due, told in reversed(stack.events) if due <= self.clock.now()]
        at = int(asked.get("NextToken", 0))
        page = {"StackEvents": visible[at : at + PAGE]}
        return {**page, "NextToken": str(at + PAGE)} if at + PAGE < len(visible) else page

    def create_change_set(self, **asked):
        self._enter("create_change_set", **asked)
        key = f"{ARN}:changeSet/{asked['ChangeSetName']}/{len(self.calls)}"
        if any(f":changeSet/{asked['ChangeSetName']}/" in known for known in self.change_sets):
            raise _error("CreateChangeSet", "AlreadyExistsException", "it is there")
        stack = self._find(asked["StackName"])
        if asked["ChangeSetType"] == "CREATE":
            assert stack is None, "AWS creates no stack that is there"
            stack = self._new(asked["StackName"], {}, {}, {})
            self._event(stack, stack.name, stack.id, STACK, "REVIEW_IN_PROGRESS", "User Initiated", self.clock.now())
        plan = self.plans.popleft() if self.plans else {}
        self.change_sets[key] = {"asked": asked, "stack": stack, "ready": self.clock.now() + 2, **plan}
        self._nest(key, plan)
        return {"Id": key, "StackId": stack.id}

    def describe_change_set(self, **asked):
        self._enter("describe_change_set", **asked)
        key, found = self._change_set("DescribeChangeSet", asked["ChangeSetName"])
        ready = self.clock.now() >= found["ready"]
        changes = found.get("changes", [])
        at = int(asked.get("NextToken", 0))
        answer = {
            "ChangeSetId": key,
            "Status": found.get("status", "CREATE_COMPLETE") if ready else "CREATE_IN_PROGRESS",
            "StatusReason": found.get("reason", "") if ready else "",
            "Changes": [{"Type": "Resource", "ResourceChange": change} for change in changes[at : at + PAGE]],
        }
        return {**answer, "NextToken": str(at + PAGE)} if at + PAGE < len(changes) else answer

    def delete_change_set(self, **asked):
        self._enter("delete_change_set", **asked)
        key, found = self._change_set("DeleteChangeSet", asked["ChangeSetName"])
        if self.clock.now() < found["ready"]:
            raise _error("DeleteChangeSet", "InvalidChangeSetStatus", "it is CREATE_IN_PROGRESS")
        del self.change_sets[key]
        return {}

    def execute_change_set(self, **asked):
        self._enter("execute_change_set", **asked)
        key, found = self._change_set("ExecuteChangeSet", asked["ChangeSetName"])
        stack, asked = found["stack"], found["asked"]
        stack.parameters = {one["ParameterKey"]: one["ParameterValue"] for one in asked["Parameters"]}
        stack.tags = {one["Key"]: one["Value"] for one in asked["Tags"]}
        stack.template = self.read(asked["TemplateURL"])
        stack.outputs = found.get("outputs", stack.outputs)
        self._play(stack, self.scripts.popleft() if self.scripts else _plain(asked["ChangeSetType"]))
        del self.change_sets[key]
        return {}

    def describe_events(self, **asked):
        self._enter("describe_events", **asked)
        return {"OperationEvents": self._change_set("DescribeEvents", asked["ChangeSetName"])[1].get("validation", [])}

    def delete_stack(self, **asked):
        self._enter("delete_stack", **asked)
        stack = self._find(asked["StackName"])
        steps = [Step(0, "", "DELETE_IN_PROGRESS"), Step(5, "", "DELETE_COMPLETE")]
        self._play(stack, self.scripts.popleft() if self.scripts else steps)
        return {}

    # How it works.

    def _enter(self, operation, **arguments):
        self.calls.append((operation, arguments))
        waiting = self.troubles.get(operation)
        if waiting:
            trouble = waiting.popleft()
            raise trouble if isinstance(trouble, BaseException) else _error(operation, trouble, "in trouble")

    def _new(self, name, template, parameters, tags):
        self._count += 1
        stack = FakeStack(name, f"{ARN}:stack/{name}/{self._count:08d}", template, parameters, tags, {})
        self.stacks[stack.id] = stack
        return stack

    def _find(self, name):
        if name in self.stacks:
            return self.stacks[name]
        named = [stack for stack in self.stacks.values() if stack.name == name]
        return next((stack for stack in reversed(named) if self._status(stack) != "DELETE_COMPLETE"), None)

    def _status(self, stack):
        own = [
            told["ResourceStatus"]
            for due, told in stack.events
            if due <= self.clock.now() and told["PhysicalResourceId"] == stack.id
        ]
        return own[-1] if own else stack.status

    def _change_set(self, operation, name):
        if name not in self.change_sets:
            named = [key for key in self.change_sets if f":changeSet/{name}/" in key]
            if not named:
                raise _error(operation, "ChangeSetNotFound", f"ChangeSet [{name}] does not exist")
            name = named[0]
        return name, self.change_sets[name]

    def _nest(self, key, plan):
        for name, inner in plan.get("nested", {}).items():
            self.change_sets[f"{ARN}:changeSet/{name}/nested"] = {**inner, "ready": 0}

    def _play(self, root, steps):
        self._nested = {"": root}
        for step in steps:
            inner, _, resource = step.path.rstrip("!").rpartition("/")
            if step.path.endswith("!") or not step.path:
                stack = self._inner(step.path.rstrip("!"))
                self._event(stack, stack.name, stack.id, STACK, step.status, step.reason, self.clock.now() + step.after)
                continue
            physical = self._inner(step.path).id if step.type == STACK else f"id-of-{resource}"
            due = self.clock.now() + step.after
            self._event(self._inner(inner), resource, physical, step.type, step.status, step.reason, due)

    def _inner(self, path):
        if path not in self._nested:
            name = f"{self._nested[''].name}-{path.replace('/', '-')}"
            known = [stack for stack in self.stacks.values() if stack.name == name]
            self._nested[path] = known[0] if known else self._new(name, {}, {}, {})
        return self._nested[path]

    def _event(self, stack, resource, physical, kind, status, reason, due):
        told = {
            "EventId": f"{len(stack.events)}-{stack.id[-8:]}",
            "StackId": stack.id,
            "StackName": stack.name,
            "LogicalResourceId": resource,
            "PhysicalResourceId": physical,
            "ResourceType": kind,
            "ResourceStatus": status,
            "Timestamp": START + timedelta(seconds=due),
        }
        stack.events.append((due, {**told, "ResourceStatusReason": reason} if reason else told))


class _Pages:
    """What a paginator does: it asks for the next page as long as one is promised."""

    def __init__(self, operation):
        self.operation = operation

    def paginate(self, **arguments):
        token = {}
        while True:
            page = self.operation(**arguments, **token)
            yield page
            if "NextToken" not in page:
                return
            token = {"NextToken": page["NextToken"]}


def _plain(kind):
    return [Step(0, "", f"{kind}_IN_PROGRESS", reason="User Initiated"), Step(20, "", f"{kind}_COMPLETE")]


def _error(operation, code, message):
    name = re.sub(r"(?:^|_)(\w)", lambda found: found.group(1).upper(), operation)
    return ClientError({"Error": {"Code": code, "Message": message}}, name)
