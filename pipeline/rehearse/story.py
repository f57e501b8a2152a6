"""The vocabulary of a story: pushing, waiting, approving, and saying what must hold.

A story is told by a class that inherits from this one and has `play`. It speaks of commits and releases; this class
knows how they are pushed, watched and measured. Whatever a story claims about the answers of production is kept until
the callers report, because only then is it known.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pipeline.rehearse.application import Application, Version
from pipeline.rehearse.board import Board, Expectation, Release, SideSeen
from pipeline.rehearse.cloud import Cloud, Place
from pipeline.rehearse.load import SLOW_CLIENTS, Load
from pipeline.rehearse.reasons import reason
from pipeline.rehearse.troubles import Troubles
from pipeline.rehearse.watching import OVER, Action, Seen, Stage, Watch
from pipeline.settings import Settings
from templates.names import Names
from traffic.discovery import Discovered, discover
from traffic.errors import FlipsideError

PAUSE = 0.1
BETWEEN_LOOKS_AT_SIDES = 1.0
PRODUCTION, TEST = "production", "test"
T = TypeVar("T")


class StoryEnded(FlipsideError):
    """The story cannot go on; the message says why."""


class Teller(Protocol):
    """Who tells a person, and asks."""

    def say(self, text: str, style: str = "") -> None:
        """Tell something."""

    def consent(self, question: str) -> bool:
        """Ask for a yes."""


@dataclass(frozen=True)
class Claim:
    """What production must have answered with in a period: a version, or one and later another."""

    sentence: str
    period: str
    versions: tuple[str, ...]


@dataclass
class Story:
    """One rehearsal of one strategy."""

    cloud: Cloud
    load: Load
    application: Application
    settings: Settings
    board: Board
    teller: Teller
    rate: float
    patience: float
    watch: Watch = field(init=False)
    troubles: Troubles = field(init=False)
    claims: list[Claim] = field(default_factory=list)
    _looked_at_sides: float = 0.0

    def __post_init__(self) -> None:
        """Watch the pipeline."""
        self.watch = Watch(self.cloud.codepipeline, self.settings.app)
        self.troubles = Troubles(self.cloud, Names(self.settings.app), [_checked(self.settings)])

    def play(self) -> None:
        """Tell all of it."""
        raise NotImplementedError

    @contextmanager
    def chapter(self, title: str, measured: str) -> Iterator[None]:
        """Tell a part of the story, and measure how long it takes."""
        began = time.monotonic()
        self.board.chapter = title
        self.teller.say(title, "strong")
        yield
        self.board.timings[measured] = round(time.monotonic() - began, 3)

    def expect(self, sentence: str, held: object, evidence: str = "") -> None:
        """Note whether something that must hold did."""
        expectation = Expectation(sentence, bool(held), evidence)
        self.board.expectations.append(expectation)
        self.teller.say(f"{expectation.verdict:<6} {sentence}", "good" if held else "bad")
        if evidence and not held:
            self.teller.say(f"       {evidence}", "bad")

    def push(self, version: Version) -> tuple[Release, float]:
        """Push a commit; return its release and the moment."""
        release = Release(version.name, version.message)
        self.board.releases.append(release)
        self.load.period(coming(version.name))
        self.troubles.forget()
        self.teller.say(f"git push: {version.message} ({version.commit[:8]})")
        pushed = time.monotonic()
        self.application.repository.push()
        release.execution = self.until(
            lambda _: self.watch.execution(version.commit), f"the pipeline to notice the push of {version.name}"
        )
        return release, pushed

    def until(self, happened: Callable[[Seen], T | None], what: str) -> T:
        """Look at the pipeline until something is so, and return what it then is."""
        self.board.doing = f"waiting for {what}"
        deadline = time.monotonic() + self.patience
        while True:
            self.cloud.insist()
            seen = self.board.pipeline = self.watch.look()
            self.troubles.look(seen)
            self.look_at_sides()
            if found := happened(seen):
                self.board.doing = ""
                return found
            if time.monotonic() > deadline:
                raise StoryEnded(f"Waited {self.patience:.0f} s for {what}, in vain. {standing(seen)}")
            time.sleep(PAUSE)

    def until_asked(self, release: Release) -> str:
        """Wait until a release asks for its approval, and return the token."""
        outcome = self.until(
            lambda seen: _asks_or_broke(seen, release.execution), f"{release.name} to ask for approval"
        )
        if isinstance(outcome, str):
            return outcome
        stage, action = outcome
        release.outcome = f"failed in {stage.name}/{action.name}"
        raise StoryEnded(f"{release.name} did not get as far as its approval. {self.explained(stage, action)}")

    def until_over(self, release: Release) -> str:
        """Wait until a release is over, and return how it ended."""

        def ended(_: Seen) -> str:
            status = self.watch.status(release.execution)
            return status if status in OVER else ""

        return self.until(ended, f"{release.name} to end")

    def why(self, release: Release) -> str:
        """Say why a release failed."""
        found = self.watch.look().broken(release.execution)
        if found is None:
            return f"the execution is {self.watch.status(release.execution)}"
        return self.explained(*found)

    def explained(self, stage: Stage, action: Action) -> str:
        """Say why an action failed, with what was noted of its tasks."""
        told = reason(self.cloud, stage, action, Names(self.settings.app).cluster_stack)
        if action.name != "Deploy":
            return told
        # What failed at once may have done so between two looks.
        self.troubles.look_once()
        return "\n".join([told, *self.troubles.words()])

    def ask(self, release: Release) -> None:
        """Ask the person whether a release is to go live; a no is passed on, and ends the story."""
        about, link = self.watch.evidence()
        for line in filter(None, [about, f"Try it at {self.board.places[1] or link}"]):
            self.teller.say(f"  {line}")
        if self.teller.consent(f"Approve {release.name}?"):
            return
        token = self.watch.look().asks(release.execution)
        self.watch.answer(token, yes=False, words="declined at the terminal")
        release.outcome = "declined"
        raise StoryEnded(f"{release.name} was declined, so the story ends here.")

    def approve(self, release: Release, before: str, after: str) -> None:
        """Approve a release and measure how long production takes to move, as the callers see it."""
        self.ask(release)
        token = self.watch.look().asks(release.execution)
        image = self.live_image()
        self.load.period(approved(release.name))
        moment = time.monotonic()
        self.watch.answer(token, yes=True, words="approved in a rehearsal")
        live = self.until(lambda seen: self._is_live(seen, release, after, image, moment), f"{release.name} to be live")
        release.approval_to_live = live - moment
        status = self.until_over(release)
        self.load.period(settled(release.name))
        if status != "Succeeded":
            raise StoryEnded(f"{release.name} was approved, and then {status}: {self.why(release)}")
        release.outcome = "live"
        self.teller.say(f"{release.name} is live {release.approval_to_live:.2f} s after its approval.", "good")
        self._claim_move(release, before, after)

    def _claim_move(self, release: Release, before: str, after: str) -> None:
        if after:
            name = release.name
            self.claim(f"From the first answer of {name} on, nobody got {before}", approved(name), before, after)
            self.claim(f"Once {name} was live, production answered {after} alone", settled(name), after)

    def _is_live(self, seen: Seen, release: Release, after: str, image: str, since: float) -> float | None:
        broken = seen.broken(release.execution)
        if broken:
            raise StoryEnded(f"{release.name} was approved and did not go live. {self.explained(*broken)}")
        if after:
            return self.load.seen(PRODUCTION, after, since)
        return time.monotonic() if self.live_image() != image else None

    def claim(self, sentence: str, period: str, *versions: str) -> None:
        """Keep what must be true of the answers of a period until they are reported."""
        self.claims.append(Claim(sentence, period, versions))

    def discovered(self) -> Discovered:
        """Find out who is live, from the listener rules."""
        listen = self.settings.listener
        found = discover(self.cloud.elbv2, self.settings.app, listen.production, listen.test)
        if found is None:
            raise StoryEnded(f"There is no load balancer {self.settings.app}.")
        return found

    def live_image(self) -> str:
        """Return the image that production reaches."""
        release = self.discovered().live.release
        return release.image if release else ""

    def open_to_callers(self) -> None:
        """Find the listeners, and begin to call production and to look at the test port."""
        production, test = self.places()
        self.board.places = (f"{production.url}/", f"{test.url}/")
        self.board.ticker = self.load.ticker
        self.load.call(PRODUCTION, production, self.application.path, rate=self.rate)
        if self.application.slow_path:
            self.load.call(PRODUCTION, production, self.application.slow_path, rate=0, clients=SLOW_CLIENTS)
        self.load.probe(TEST, test, self.application.path)

    def places(self) -> tuple[Place, Place]:
        """Return where production and the test side are reached."""
        elbv2, listen = self.cloud.elbv2, self.settings.listener
        balancer = elbv2.describe_load_balancers(Names=[self.settings.app])["LoadBalancers"][0]["LoadBalancerArn"]
        arns = {
            one["Port"]: one["ListenerArn"] for one in elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        }
        found = [self.cloud.place(arns[port]) for port in (listen.production, listen.test)]
        if found[0] is None or found[1] is None:
            raise StoryEnded("The load balancer's listeners are not open.")
        return found[0], found[1]

    def look_at_sides(self) -> None:
        """Note who is live and how healthy both sides are, now and then: it takes a few calls."""
        now = time.monotonic()
        if not self.board.places[0] or now - self._looked_at_sides < BETWEEN_LOOKS_AT_SIDES:
            return
        self._looked_at_sides = now
        found = self.discovered()
        self.board.sides = tuple(self._side(side, live=side is found.live) for side in sorted((found.live, found.idle)))

    def _side(self, side: Any, *, live: bool) -> SideSeen:
        told = self.cloud.elbv2.describe_target_health(TargetGroupArn=side.target_group)["TargetHealthDescriptions"]
        states = [each["TargetHealth"]["State"] for each in told]
        others = tuple(state for state in states if state != "healthy")
        image = side.release.image if side.release else "unknown"
        version = self.load.answers_now(PRODUCTION if live else TEST)
        return SideSeen(side.identifier, live, image, version, states.count("healthy"), others)


def coming(name: str) -> str:
    """Return the period in which a release is built, deployed and waits."""
    return f"{name} comes"


def approved(name: str) -> str:
    """Return the period that begins with the approval of a release."""
    return f"{name} is approved"


def settled(name: str) -> str:
    """Return the period in which a release is live and nothing else happens."""
    return f"{name} is live"


def standing(seen: Seen) -> str:
    """Say where a pipeline stands."""
    parts = [f"{stage.name} is {stage.status or 'empty'}" for stage in seen.stages]
    busy = [f"{action.name} {action.status}" for stage in seen.stages for action in stage.actions if action.status]
    return f"The pipeline: {', '.join(parts)}; actions: {', '.join(busy) or 'none has run'}."


def _checked(settings: Settings) -> str:
    box = settings.container
    return (
        f"  A task is healthy when GET {box.health_check.path} on port {box.port} answers {box.health_check.codes}: "
        "see that the application listens there, on every address, or change [container] in the settings."
    )


def _asks_or_broke(seen: Seen, execution: str) -> Any:
    return seen.asks(execution) or seen.broken(execution)
