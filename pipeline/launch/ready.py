"""From whatever state a stack is found in to one from which it can be created or updated."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.ask import Asker
from pipeline.clock import Clock
from pipeline.interruption import Standing
from pipeline.launch import events, failure
from pipeline.launch import stack as stacks
from pipeline.launch.follow import Follower
from pipeline.launch.stack import Stack
from traffic.errors import FlipsideError, Refused

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

PAUSE = 2.0
ADVICE = {
    "UPDATE_ROLLBACK_FAILED": (
        "Its last update failed and could not be undone. See what is in the way with `{events}`, put it right, and let "
        "AWS finish with `aws cloudformation continue-update-rollback --stack-name {name} --region {region}` "
        "(--resources-to-skip leaves out what cannot be restored). Then run this command again."
    ),
    "DELETE_FAILED": (
        "Its deletion did not finish. `{events}` says what is in the way: remove that, then "
        "`aws cloudformation delete-stack --stack-name {name} --region {region}`, and run this command again."
    ),
    "UPDATE_FAILED": (
        "Its last update failed and was left as it was. Undo it with "
        "`aws cloudformation rollback-stack --stack-name {name} --region {region}`, and run this command again."
    ),
}


@dataclass(frozen=True)
class Ready:
    """Waits for a stack to rest, and clears away one that never came to life."""

    client: "CloudFormationClient"
    region: str
    asker: Asker
    clock: Clock
    follower: Follower
    standing: Standing

    def parent(self, name: str) -> Stack | None:
        """Return the stack, ready to be updated, or None if it is to be created."""
        stack = self._at_rest(stacks.find(self.client, name))
        if stack is None or stack.usable:
            return stack
        if stack.stillborn:
            self._clear_away(stack)
            return None
        raise FlipsideError(f"Stack {name} is {stack.status}. {self._advice(stack)}")

    def cluster(self, name: str) -> None:
        """Clear away a cluster stack that never came to life: the pipeline, which deploys it, could not get past it."""
        stack = stacks.find(self.client, name)
        if stack is None or stack.usable or stack.moving:
            return
        if stack.stillborn:
            self._clear_away(stack)
            return
        self.asker.terminal.say(
            f"Stack {name} is {stack.status}, and the pipeline cannot deploy to it. {self._advice(stack)}", "loud"
        )

    def _at_rest(self, stack: Stack | None) -> Stack | None:
        if stack is None or not stack.moving:
            return stack
        self.asker.terminal.say(f"Stack {stack.name} is {stack.status}; watching until it rests.", "loud")
        progress = self.follower.follow(stack.id, stack.name, events.before_current(self.client, stack.id))
        why = None if progress.good else failure.first(progress)
        self.asker.terminal.say(f"Stack {stack.name} is {progress.status}." + (f" First failure: {why}" if why else ""))
        return self._at_rest(stacks.find(self.client, stack.name))

    def _clear_away(self, stack: Stack) -> None:
        self.asker.terminal.say(
            f"Stack {stack.name} is {stack.status}: it never came to life, serves nobody, and cannot be updated."
        )
        if stack.status == "REVIEW_IN_PROGRESS":
            self.asker.terminal.say(
                "Somebody may be reading its change set at this moment, in the console or here.", "loud"
            )
        if not self.asker.consent(f"Delete stack {stack.name}?"):
            raise Refused(f"Stack {stack.name} is in the way and was left as it is.")
        self.standing.sentence = f"Stack {stack.name} goes on being deleted without this terminal."
        self.client.delete_stack(StackName=stack.id)
        while (left := stacks.find(self.client, stack.id)) is not None:
            if left.status == "DELETE_FAILED":
                raise FlipsideError(f"Stack {stack.name} is DELETE_FAILED: {left.reason} {self._advice(left)}")
            self.clock.sleep(PAUSE)
        self.standing.sentence = f"Stack {stack.name} is deleted, and nothing else was changed."
        self.asker.terminal.say(f"Stack {stack.name} is deleted.")

    def _advice(self, stack: Stack) -> str:
        told = ADVICE.get(stack.status, "This command cannot go on from there: `{events}` says what happened.")
        shown = f"aws cloudformation describe-stack-events --stack-name {stack.name} --region {self.region}"
        return told.format(name=stack.name, region=self.region, events=shown)
