"""The gate that every call passes before its service sees it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rehearsal.iam import scopes
from rehearsal.iam.audit import Audit, Entry
from rehearsal.iam.estate import Estate
from rehearsal.iam.evaluation import Decision, decide
from rehearsal.iam.principals import ExpiredError, Principal, caller, role
from rehearsal.iam.questions import PREFIXES, Questions
from rehearsal.iam.statements import Asked
from rehearsal.refusals import Refusal, denied

if TYPE_CHECKING:
    from rehearsal.calls import Call
    from rehearsal.cloud import Cloud

LOG = logging.getLogger("rehearsal.iam")


class Gate:
    """Decides with the policies that are in force at the moment of the call."""

    def __init__(self, cloud: Cloud) -> None:
        """Watch over this cloud."""
        self.audit = Audit()
        self._cloud = cloud
        self._estate = Estate(cloud)
        self._questions = Questions(self._estate, cloud.account)
        self._unknown: set[str] = set()

    def refusal(self, call: Call) -> Refusal | None:
        """Return why the call may not be made, or nothing if it may."""
        try:
            who = caller(self._cloud.account, call.key)
        except ExpiredError:
            return Refusal("ExpiredTokenException", "The security token included in the request is expired")
        if who is None:
            return None
        self._notice(call)
        parameters = call.parameters if call.operation else {}
        for asked in self._questions.raised(call.service, call.operation, parameters, call.region, who):
            sentence = self._denial(who, asked)
            if sentence:
                return denied(sentence)
        return None

    def __call__(self, role_arn: str, action: str, resource: str, context: dict[str, str]) -> str | None:
        """Decide about something that is no call of its own; return the sentence of denial, or nothing."""
        who = role(self._cloud.account, role_arn, "rehearsal")
        keys = {key.lower(): [value] for key, value in context.items()}
        return self._denial(who, Asked(action, resource, keys))

    def denial(self, key: str, asked: Asked) -> str | None:
        """Decide about what the owner of an access key asks elsewhere than in a call; return why not, or nothing."""
        try:
            who = caller(self._cloud.account, key)
        except ExpiredError:
            return "The security token included in the request is expired"
        return self._denial(who, asked) if who else None

    def _denial(self, who: Principal, asked: Asked) -> str | None:
        decision = self._decision(who, asked)
        self.audit.note(Entry(who.arn, asked.action, asked.resource, decision.allowed, decision.reason))
        if decision.allowed:
            return None
        sentence = (
            f"User: {who.arn} is not authorized to perform: {asked.action} on resource: {asked.resource} "
            f"{decision.reason}"
        )
        LOG.info("denied: %s", sentence)
        return sentence

    def _decision(self, who: Principal, asked: Asked) -> Decision:
        return decide(who, asked, self._estate.policy(asked.action, asked.resource))

    def _notice(self, call: Call) -> None:
        service = PREFIXES.get(call.service, call.service)
        if not scopes.is_known(service) and service not in self._unknown:
            self._unknown.add(service)
            LOG.warning("%s: its resources are not known to the gate, so policies on them need '*'", service)
