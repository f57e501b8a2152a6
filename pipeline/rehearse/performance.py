"""One rehearsal, from the first check to the last process that ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.ask import Asker
from pipeline.errors import UserMistake
from pipeline.rehearse import before, shortened, stacks, stay, summary, toml, verdicts, view
from pipeline.rehearse.application import Application, Greeter, Own
from pipeline.rehearse.board import Board, Expectation
from pipeline.rehearse.cloud import Cloud
from pipeline.rehearse.launch import launch
from pipeline.rehearse.load import Load
from pipeline.rehearse.stories import STORIES
from pipeline.rehearse.story import Story
from pipeline.settings import Settings
from pipeline.terminal import print_json
from traffic.errors import FlipsideError

# A build with a real engine may pull images; what is slower than this has got stuck.
PATIENCE, PATIENCE_WITH_DOCKER = 300.0, 1800.0


@dataclass(frozen=True)
class Wishes:
    """What the user asked for."""

    app: Path | None = None
    config: Path | None = None
    strategy: str | None = None
    engine: str = "auto"
    port: int = 0
    rate: float = 200.0
    base: str = ""
    keep: bool = False
    json: bool = False


@dataclass
class Performance:
    """Everything that one rehearsal needs, and what has come of it."""

    wishes: Wishes
    asker: Asker
    board: Board = field(default_factory=Board)
    error: FlipsideError | None = None
    result: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin to tell."""
        self.view = view.for_terminal(self.asker.terminal, self.board, self.asker)

    def perform(self) -> bool:
        """Rehearse, and say whether everything held."""
        subject = before.subject(self.wishes.app, self.wishes.config, self.wishes.strategy)
        with self._measured("boot"):
            cloud = Cloud(self.wishes.engine, self.wishes.port)
        with cloud:
            if cloud.engine == "embedded" and subject.needs_docker:
                raise UserMistake(
                    f"{subject.needs_docker}: this takes a Docker engine, and none is in use. Start Docker, or point "
                    "DOCKER_HOST to one, and rehearse with --engine docker."
                )
            if cloud.engine == "embedded" and self.wishes.base:
                raise UserMistake(
                    f"--base {self.wishes.base} is for a Docker engine, and none is in use: the embedded one builds "
                    "the sample from nothing. Leave --base out, or start Docker and rehearse with --engine docker."
                )
            self.view.say(f"A local AWS answers at {cloud.endpoint}; its containers run in the {cloud.engine} engine.")
            if subject.origin is None and self.wishes.config is None:
                subject = subject._replace(settings=before.sample(cloud.engine))
            self._on(cloud, subject)
        return bool(self.result["ok"])

    def _on(self, cloud: Cloud, subject: before.Subject) -> None:
        told = shortened.rehearsed(subject.settings, cloud)
        for note in told.notes:
            self.view.say(f"Note: {note}", "loud")
        application = _application(subject, told.settings, cloud, self.wishes.base)
        remote = cloud.new_repository(told.settings.source.repository, told.settings.source.branch)
        application.repository.lead_to(remote)
        with Load() as load:
            story = self._story(cloud, load, application, told.settings)
            self._tell(story)
            report = load.report()
        verdicts.judge(self.board, story.claims, report)
        self._note_denials(cloud)
        if not self.wishes.keep:
            self._take_down(cloud, told.settings)
        self._conclude(cloud, story, report, remote)

    def _story(self, cloud: Cloud, load: Load, application: Application, settings: Settings) -> Story:
        patience = PATIENCE if cloud.engine == "embedded" else PATIENCE_WITH_DOCKER
        told_by = STORIES[settings.strategy]
        return told_by(cloud, load, application, settings, self.board, self.view, self.wishes.rate, patience)

    def _tell(self, story: Story) -> None:
        """Launch and play; what goes wrong is kept, so that the rest can still be told."""
        try:
            with self.view.watching(), self._measured("story"):
                self._launch(story)
                story.play()
        except UserMistake:
            raise
        except FlipsideError as error:
            self._went_wrong(_explained(story.cloud, error))

    def _launch(self, story: Story) -> None:
        with story.chapter("Launching the pipeline with `flipside deploy`", "launch"):
            config = story.cloud.folder / "release.toml"
            config.write_text(toml.written(story.settings), encoding="utf-8")
            launched = launch(story.cloud, config, self._launching)["stack"]
            story.expect("The stacks are launched", launched["status"] == "CREATE_COMPLETE", _standing(launched))

    def _launching(self, line: str) -> None:
        self.board.doing = line

    def _note_denials(self, cloud: Cloud) -> None:
        if self.error:
            return
        denials = cloud.denials()
        told = "; ".join(str(denial) for denial in denials[:3])
        self.board.expectations.append(_no_denials(told))

    def _take_down(self, cloud: Cloud, settings: Settings) -> None:
        self.view.say("Taking it down", "strong")
        try:
            with self.view.watching(), self._measured("teardown"):
                stacks.take_down(cloud, settings.app)
                left = cloud.status()["listeners"]
        except FlipsideError as error:
            self._went_wrong(error)
        else:
            self.board.expectations.append(_all_gone(str(left) if left else ""))

    def _went_wrong(self, error: FlipsideError) -> None:
        self.error = self.error or error
        self.view.say(str(error), "bad")

    def _conclude(self, cloud: Cloud, story: Story, report: dict[str, Any], remote: Path) -> None:
        self.board.timings["total"] = round(self.board.elapsed, 3)
        facts: dict[str, Any] = {"engine": cloud.engine, "strategy": story.settings.strategy}
        kept = stay.facts(cloud, self.board, remote, story.application.repository.folder) if self.wishes.keep else None
        facts |= {"keep": kept} if kept else {}
        self.result = summary.told(self.board, report, error=str(self.error or ""), **facts)
        summary.show(self.asker.terminal, self.board, self.result)
        if self.wishes.json:
            print_json(self.result)
        if kept:
            stay.show(self.asker.terminal, kept)
            stay.wait(cloud)

    @contextmanager
    def _measured(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.board.timings[name] = round(time.monotonic() - began, 3)


def _application(subject: before.Subject, settings: Settings, cloud: Cloud, base: str) -> Application:
    folder = cloud.folder / "copy"
    if subject.origin is None:
        # An engine of processes has no images but those built here; the machine's own python3 runs them.
        return Greeter(folder, settings.source.branch, base=base or ("scratch" if cloud.engine == "embedded" else ""))
    return Own(subject.origin, folder, settings)


def _standing(stack: dict[str, Any]) -> str:
    return f"Stack {stack['name']} is {stack['status']}."


def _no_denials(evidence: str) -> Expectation:
    return Expectation("No call was denied for want of a permission", not evidence, evidence)


def _all_gone(evidence: str) -> Expectation:
    return Expectation("Both stacks are gone, and nothing listens any more", not evidence, evidence)


def _explained(cloud: Cloud, error: FlipsideError) -> FlipsideError:
    """Name what is behind an error: when the local AWS ends, so does its engine, and any call may fail first."""
    try:
        cloud.insist()
    except FlipsideError as ended:
        return ended
    gone = "The container engine no longer answers: start it, and rehearse again. "
    return FlipsideError(f"{gone}{error}") if cloud.engine_is_gone() else error
