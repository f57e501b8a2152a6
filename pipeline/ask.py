"""Questions to whoever is at the terminal. Off a terminal the program names the question and stops."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import UserMistake
from pipeline.terminal import Terminal

Check = Callable[[str], str | None]
YES, NO = {"y", "yes"}, {"n", "no", ""}


@dataclass(frozen=True)
class Asker:
    """Asks, insists on an answer that can be used, and takes --yes for every yes."""

    terminal: Terminal
    yes: bool = False

    @property
    def answers(self) -> bool:
        """Whether there is anybody to ask."""
        return self.terminal.answers

    def text(self, question: str, *, default: str = "", check: Check = lambda _: None) -> str:
        """Ask until the answer is one that `check` has nothing against."""
        hint = f" [{default}]" if default else ""
        while True:
            answer = self._answer(f"{question}{hint}: ") or default
            wrong = check(answer) if answer else "An answer is needed."
            if wrong is None:
                return answer
            self.terminal.say(f"  {wrong}", "bad")

    def choice(self, question: str, options: tuple[str, ...], *, default: str) -> str:
        """Ask for one of several words."""
        valid = ", ".join(options)
        return self.text(
            f"{question} ({valid})",
            default=default,
            check=lambda answer: None if answer in options else f"{answer!r} is not one of {valid}.",
        )

    def consent(self, question: str) -> bool:
        """Ask for a yes. Off a terminal only --yes is one."""
        if self.yes:
            self.terminal.say(f"{question} yes (--yes)")
            return True
        if not self.answers:
            raise UserMistake(f"{question} Nobody can be asked here: add --yes to agree beforehand.")
        while True:
            answer = self._answer(f"{question} [y/N] ").lower()
            if answer in YES | NO:
                return answer in YES
            self.terminal.say("  Type y or n.", "bad")

    def _answer(self, question: str) -> str:
        answer = self.terminal.ask(question)
        if answer is None:
            raise UserMistake("The input ended before the question was answered.")
        return answer
