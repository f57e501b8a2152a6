"""What `deploy` does, from the first look at AWS to the last upload."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.ask import Asker
from pipeline.aws import Aws
from pipeline.clock import Clock
from pipeline.errors import UserMistake
from pipeline.interruption import Standing
from pipeline.launch import events, failure, table, views
from pipeline.launch import stack as stacks
from pipeline.launch.change_set import ChangeSet, ChangeSets, Target
from pipeline.launch.follow import Follower
from pipeline.launch.outage import cut_off
from pipeline.launch.progress import Progress
from pipeline.launch.ready import Ready
from pipeline.launch.stack import Stack
from pipeline.publish import bucket as template_bucket
from pipeline.publish.bucket import TemplateBucket
from pipeline.publish.bundles import Bundles, bundles
from pipeline.publish.upload import Shelf
from pipeline.settings import Settings
from templates.names import Names
from templates.synthesis import synthesize
from traffic.errors import FlipsideError, Refused


@dataclass(frozen=True)
class Job:
    """What is to be brought about, and what was found."""

    settings: Settings
    bucket: str
    shelf: Shelf
    bundles: Bundles
    target: Target
    stack: Stack | None
    new_package: bool

    @property
    def creates(self) -> bool:
        """Whether the stack is still to be created."""
        return self.stack is None


class Deployment:
    """Brings an account to what a release.toml says."""

    def __init__(self, aws: Aws, asker: Asker, clock: Clock, standing: Standing) -> None:
        self.aws = aws
        self.asker = asker
        self.say = asker.terminal.say
        self.clock = clock
        self.standing = standing
        self.change_sets = ChangeSets(aws.cloudformation, clock)

    @cached_property
    def follower(self) -> Follower:
        """Who watches the stacks."""
        return Follower(self.aws.cloudformation, self.clock, views.for_terminal(self.asker.terminal, self.clock))

    def bring_about(self, settings: Settings, bucket: str | None, *, create_bucket: bool) -> dict[str, Any]:
        """Look, publish, change what has to change, and return what a script wants to know."""
        account = self.aws.account
        self.say(f"Account {account.number}, region {account.region}, as {account.caller}.")
        stack = self._found(settings)
        name = self._bucket_name(settings, stack, bucket, create=create_bucket)
        job = self._prepared(settings, stack, name, create=create_bucket)
        action = self._changed(job)
        return self._told(job, action)

    def _found(self, settings: Settings) -> Stack | None:
        ready = Ready(self.aws.cloudformation, self.aws.region, self.asker, self.clock, self.follower, self.standing)
        stack = ready.parent(settings.app)
        ready.cluster(Names(settings.app).cluster_stack)
        return stack

    def _bucket_name(self, settings: Settings, stack: Stack | None, given: str | None, *, create: bool) -> str:
        used = stack.parameters.get("TemplateBucket") if stack else None
        if used and given not in {None, used}:
            raise Refused(
                f"Stack {settings.app} reads templates from bucket {used}, and its sides are pinned to some of them. "
                f"Leave --bucket out, or destroy the stack before you move to {given}."
            )
        default = template_bucket.default_name(settings.app, self.aws.account)
        if used or given:
            return used or given or ""
        if create:
            return default
        if not self.asker.answers:
            raise UserMistake(f"--bucket NAME must be given, or --create-bucket, which makes {default}.")
        return self.asker.text("Template bucket", default=default, check=template_bucket.refusal)

    def _prepared(self, settings: Settings, stack: Stack | None, bucket: str, *, create: bool) -> Job:
        synthesis = synthesize(settings)
        made = bundles(settings, synthesis)
        account = self.aws.account
        doing = "brought up to date" if stack else "created"
        self.say(f"Stack {settings.app} is to be {doing}; its templates go to bucket {bucket}.")
        self.standing.sentence = f"Bucket {bucket} may be set up in part, which the next run completes."
        tags = tuple(settings.tags.items())
        TemplateBucket(self.aws.s3, account, self.asker, tags).ensure(bucket, create=create)
        shelf = Shelf(self.aws.s3, bucket, account.number)
        fates = shelf.put_once(made.once)
        uploaded = sum(fate == "uploaded" for fate in fates.values())
        self.say(f"Templates and code: {uploaded} published, {len(fates) - uploaded} there already.")
        self.standing.sentence = (
            f"What was published to bucket {bucket} changes nothing by itself; no stack was changed."
        )
        target = Target(
            name=settings.app,
            template_url=account.object_url(bucket, made.main_key),
            template=json.loads(synthesis.templates["main"]),
            parameters={"TemplateBucket": bucket, "CodeKey": made.code_key},
            tags=settings.tags,
        )
        return Job(settings, bucket, shelf, made, target, stack, not shelf.same(made.package_key, made.package))

    def _changed(self, job: Job) -> str:
        if job.stack and self._is_so(job.stack, job.target):
            return self._only_the_package(job)
        drafted = self.change_sets.draft(job.target, "CREATE" if job.creates else "UPDATE")
        if drafted is None:
            return self._only_the_package(job)
        after = self._agreed(job, drafted)
        self._carried_out(job, drafted, after)
        self._after(job)
        return "created" if job.creates else "updated"

    def _is_so(self, stack: Stack, target: Target) -> bool:
        """Say whether the stack is what it should be, so that CloudFormation need not be asked."""
        return (
            stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
            and stack.parameters == target.parameters
            and stack.tags == target.tags
            and stacks.template(self.aws.cloudformation, stack) == target.template
        )

    def _agreed(self, job: Job, drafted: ChangeSet) -> str:
        """Ask, and return the stack's last event before anything changes."""
        try:
            table.show(self.asker.terminal, drafted)
            self._keep_the_network(job, drafted)
            self._insist(_question(job))
            if job.creates and job.new_package:
                self._publish_package(job)
            return events.newest(self.aws.cloudformation, drafted.stack_id)
        except BaseException:
            self.change_sets.abandon(drafted.id, drafted.stack_id)
            raise

    def _keep_the_network(self, job: Job, drafted: ChangeSet) -> None:
        cluster = Names(job.settings.app).cluster_stack
        lost = cut_off(drafted.changes)
        if lost and stacks.find(self.aws.cloudformation, cluster):
            raise Refused(
                f"This would remove or replace {', '.join(lost)} while stack {cluster} runs in it, and production "
                "with it. Put [network] back as it was; to move to another network, launch under another app name."
            )

    def _carried_out(self, job: Job, drafted: ChangeSet, after: str) -> None:
        doing = "created" if job.creates else "updated"
        self.standing.sentence = (
            f"Stack {job.settings.app} goes on being {doing} without this terminal: run the same command again to "
            "watch it and to finish."
        )
        self.change_sets.carry_out(drafted)
        progress = self.follower.follow(drafted.stack_id, job.settings.app, after)
        if not progress.good:
            raise FlipsideError(self._why(job, progress))
        self.say(f"Stack {job.settings.app} is {progress.status}.", "good")

    def _why(self, job: Job, progress: Progress) -> str:
        first = failure.first(progress)
        where = first.stack_id if first else progress.root
        region = self.aws.region
        told = [
            f"stack {job.settings.app} is {progress.status}.",
            f"  first failure: {first}" if first else "  AWS names no resource that failed.",
            f"  all events:    aws cloudformation describe-stack-events --stack-name {where} --region {region}",
            f"  console:       {self.aws.account.stack_events(where)}",
        ]
        if job.creates:
            told.append("Put it right and run the same command again; it offers to delete what is left of the stack.")
        return "\n".join(told)

    def _after(self, job: Job) -> None:
        if not job.creates and job.new_package:
            self.standing.sentence = (
                f"Stack {job.settings.app} is up to date, but its package is not: run the same command again."
            )
            self._publish_package(job)

    def _only_the_package(self, job: Job) -> str:
        self.say(f"Stack {job.settings.app} is what it should be.")
        if not job.new_package:
            return "unchanged"
        self._insist("Publish the new package? It starts a release, and production waits for your approval.")
        self._publish_package(job)
        return "unchanged"

    def _insist(self, question: str) -> None:
        if not self.asker.consent(question):
            raise Refused(f"Declined. {self.standing.sentence}")

    def _publish_package(self, job: Job) -> None:
        job.shelf.put_version(job.bundles.package_key, job.bundles.package)
        self.say(f"Published the package: {job.bucket}/{job.bundles.package_key}.")

    def _told(self, job: Job, action: str) -> dict[str, Any]:
        stack = stacks.find(self.aws.cloudformation, job.settings.app)
        outputs = stack.outputs if stack else {}
        for name, value in sorted(outputs.items()):
            self.say(f"  {name:<18}{value}")
        next_step = _next_step(job, action, outputs.get("PipelineUrl", ""))
        self.say(next_step, "strong")
        return {
            "app": job.settings.app,
            "account": self.aws.account.number,
            "region": self.aws.region,
            "bucket": job.bucket,
            "action": action,
            "stack": {"name": job.target.name, "id": stack.id, "status": stack.status} if stack else None,
            "package": {"key": job.bundles.package_key, "published": job.new_package},
            "outputs": dict(outputs),
            "next": next_step,
        }


def _question(job: Job) -> str:
    if job.creates:
        return f"Create stack {job.settings.app}?"
    package = " and then publish the new package, which starts a release" if job.new_package else ""
    return f"Update stack {job.settings.app}{package}?"


def _next_step(job: Job, action: str, pipeline: str) -> str:
    at = f" Follow and approve it at {pipeline}" if pipeline else ""
    if action == "created":
        source = job.settings.source
        return (
            f"The pipeline has begun its first run: it builds {source.repository}, creates stack "
            f"{Names(job.settings.app).cluster_stack} with both sides, and waits for approval.{at}"
        )
    if job.new_package:
        return f"The pipeline runs with the new package and will wait for approval before production changes.{at}"
    return "No release was started; the next commit starts one."
