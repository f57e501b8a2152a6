"""What the callers saw, held against what the story claimed."""

from typing import Any

from pipeline.rehearse.board import Board, Expectation, Release
from pipeline.rehearse.story import Claim, approved, coming, settled

Period = dict[str, Any]


def judge(board: Board, claims: list[Claim], report: dict[str, Any]) -> None:
    """Add what the answers of production say to the board."""
    production = report.get("production")
    if production is None:
        return
    periods = {period["name"]: period for period in production["periods"]}
    for release in board.releases:
        _count(release, periods)
    for claim in claims:
        board.expectations.append(_judged(claim, periods.get(claim.period)))
    why = next((failure for period in periods.values() for failure in period["failures"]), "")
    sentence = f"None of {production['requests']} requests to production failed"
    board.expectations.append(Expectation(sentence, not production["failed"] and bool(production["requests"]), why))


def _count(release: Release, periods: dict[str, Period]) -> None:
    for name in (coming(release.name), approved(release.name), settled(release.name)):
        if name in periods:
            release.requests += periods[name]["requests"]
            release.failed += periods[name]["failed"]


def _judged(claim: Claim, period: Period | None) -> Expectation:
    if period is None or not period["versions"]:
        return Expectation(claim.sentence, held=False, evidence="no answer was seen in that time")
    seen = period["versions"]
    evidence = ", ".join(f"{version or 'an unnamed version'}: {of['answers']} answers" for version, of in seen.items())
    if not set(seen) <= set(claim.versions) or claim.versions[-1] not in seen:
        return Expectation(claim.sentence, held=False, evidence=evidence)
    if len(claim.versions) > 1 and claim.versions[0] in seen:
        before, after = (seen[version] for version in claim.versions)
        late = before["last_request"] - after["first_answer"]
        if late > 0:
            evidence += f"; {claim.versions[0]} was still given to a request {late * 1000:.0f} ms later"
            return Expectation(claim.sentence, held=False, evidence=evidence)
    return Expectation(claim.sentence, held=True, evidence=evidence)
