"""The story of the strategy flip: five commits, one of them broken, two in a hurry, and a way back."""

from pipeline.rehearse.board import Release
from pipeline.rehearse.story import PRODUCTION, TEST, Story, StoryEnded, coming
from pipeline.rehearse.watching import RELEASE, Seen


class Flip(Story):
    """Both sides, one approval each time, and production in between."""

    def play(self) -> None:
        """Tell all of it."""
        with self.chapter("The first release", "first_release"):
            self._first_release()
        with self.chapter("A second release: tried on the test port, approved, live", "second_release"):
            self._second_release()
        with self.chapter("A broken release", "broken_release"):
            self._broken_release()
        with self.chapter("Approving an earlier release again: the way back", "rollback"):
            self._roll_back()
        with self.chapter("Two commits in a hurry", "two_commits"):
            self._two_commits()

    def _first_release(self) -> None:
        version = self.application.release("v1")
        self.first, pushed = self.push(version)
        self.first_answer = version.answer
        token = self.until_asked(self.first)
        self.first.commit_to_approval = self.first.commit_to_testable = self._since(pushed)
        self.open_to_callers()
        if version.answer:
            self.until(lambda _: self.load.seen(PRODUCTION, version.answer), "production to answer")
        self.ask(self.first)
        self.watch.answer(token, yes=True, words="approved in a rehearsal")
        status = self.until_over(self.first)
        if status != "Succeeded":
            raise StoryEnded(f"v1 was approved, and then {status}: {self.why(self.first)}")
        self.first.outcome = "live"
        self.expect("The first release is live, on both sides", self._both_run_the_same())

    def _second_release(self) -> None:
        before = self.live_image()
        version = self.application.release("v2")
        release, pushed = self.push(version)
        self._until_testable(release, version.answer, pushed)
        self.until_asked(release)
        release.commit_to_approval = self._since(pushed)
        release.commit_to_testable = release.commit_to_testable or release.commit_to_approval
        self.expect("The test port shows v2 before anybody approves it", self._is_on_the_test_port(version.answer))
        self.expect("Production has not moved before the approval", self.live_image() == before)
        if version.answer:
            self.claim("While v2 came, production answered v1 alone", coming("v2"), "v1")
        self.approve(release, self.first_answer, version.answer)
        self.expect("The approval moved production to v2's image", self.live_image() != before)

    def _broken_release(self) -> None:
        before = self.live_image()
        version = self.application.break_it("v3")
        release, _ = self.push(version)
        found = self.until(
            lambda seen: seen.broken(release.execution) or seen.asks(release.execution), "v3 to be found out"
        )
        stopped = not isinstance(found, str)
        why = self.why(release) if stopped else "its approval was asked for"
        release.outcome = "stopped before the approval" if stopped else "asked for approval"
        self.teller.say(f"  {why}")
        self.expect("v3, which is broken, ended before anybody was asked", stopped, why)
        self.expect("v3 left production as it was", self.live_image() == before)
        if version.answer:
            self.claim("While v3 came and failed, production answered v2 alone", coming("v3"), "v2")

    def _roll_back(self) -> None:
        v2, execution = self.live_image(), self.watch.roll_back(self.first.execution)
        release = Release("v1 again", f"start rollback to {self.first.name}", execution)
        self.board.releases.append(release)
        self.load.period(coming(release.name))
        self.teller.say(f"RollbackStage: {RELEASE} goes back to the execution of v1")
        before = self.board.elapsed
        self.until_asked(release)
        self.board.timings["rollback_to_approval"] = round(self.board.elapsed - before, 3)
        if self.first_answer:
            self.claim("While the way back was prepared, production answered v2 alone", coming(release.name), "v2")
        self.approve(release, "v2" if self.first_answer else "", self.first_answer)
        self.expect("Approving v1 again made it live again", self.live_image() != v2)

    def _two_commits(self) -> None:
        earlier = self.application.release("v4")
        fourth, pushed = self.push(earlier)
        later = self.application.release("v5")
        fifth, _ = self.push(later)
        self._until_testable(fourth, earlier.answer, pushed)
        self.until_asked(fourth)
        fourth.commit_to_approval = self._since(pushed)
        fourth.commit_to_testable = fourth.commit_to_testable or fourth.commit_to_approval
        self.until(lambda seen: fifth.execution in seen.stage(RELEASE).waiting, "v5 to wait behind v4")
        self.expect("While v4 waits for its approval, v5 waits in front of the stage", self._nobody_saw(later.answer))
        self.approve(fourth, self.first_answer, earlier.answer)
        image = self.live_image()
        self.until_asked(fifth)
        self.expect("v5 was deployed beside v4, and production stayed with v4", self.live_image() == image)
        if later.answer:
            self.expect("v5 never reached production without an approval", not self.load.seen(PRODUCTION, later.answer))
        token = self.watch.look().asks(fifth.execution)
        self.watch.answer(token, yes=False, words="the story ends here")
        fifth.outcome = "rejected"
        self.until_over(fifth)
        self.expect("Rejecting v5 left production with v4", self.live_image() == image)

    def _until_testable(self, release: Release, answer: str, pushed: float) -> None:
        if not answer:
            return

        def testable(seen: Seen) -> float | None:
            if seen.broken(release.execution):
                self.until_asked(release)
            return self.load.seen(TEST, answer, pushed)

        release.commit_to_testable = self.until(testable, f"{release.name} on the test port") - pushed
        self.teller.say(f"{release.name} is on the test port {release.commit_to_testable:.2f} s after its push.")

    def _since(self, moment: float) -> float:
        return self.board.began + self.board.elapsed - moment

    def _both_run_the_same(self) -> bool:
        found = self.discovered()
        return found.live.release == found.idle.release

    def _is_on_the_test_port(self, answer: str) -> bool:
        if answer:
            return self.load.answers_now(TEST) == answer
        found = self.discovered()
        return found.live.release != found.idle.release and found.test.target_group == found.idle.target_group

    def _nobody_saw(self, answer: str) -> bool:
        return not answer or not (self.load.seen(TEST, answer) or self.load.seen(PRODUCTION, answer))
