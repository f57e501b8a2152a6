"""All load balancers of all scopes, and how a snapshot is put in force."""

from collections.abc import Callable
from typing import Any

from rehearsal.dataplane import snapshot
from rehearsal.dataplane.actions import Action, Fixed, Forward, Redirect
from rehearsal.dataplane.bound import Bound
from rehearsal.dataplane.counters import BalancerCounters, Counters, GroupCounters
from rehearsal.dataplane.group import Group
from rehearsal.dataplane.listener import KINDS, Listener
from rehearsal.dataplane.routing import Table


class Plane:
    """What is in force."""

    def __init__(self, report: Callable[[dict[str, Any]], None]) -> None:
        """Begin with nothing; what is observed is reported."""
        self.counters = Counters()
        self._report = report
        self._groups: dict[str, Group] = {}
        self._listeners: dict[str, Listener] = {}
        self._bound: dict[str, Bound] = {}

    async def apply(self, wanted: snapshot.Snapshot) -> list[Bound]:
        """Put a snapshot in force and return where its listeners listen."""
        self._update_groups(wanted)
        for listener in self._update_listeners(wanted):
            bound = await listener.serve()
            self._bound[bound.listener] = bound
        self._forget_empty()
        return [self._bound[settings.id] for _, settings in _listeners(wanted)]

    def _update_groups(self, wanted: snapshot.Snapshot) -> None:
        used = used_groups(wanted)
        for settings in wanted.groups:
            group = self._groups.get(settings.id)
            if group is None:
                counters = self.counters.groups.setdefault(settings.id, GroupCounters())
                group = self._groups[settings.id] = Group(wanted.scope, settings, counters, self._report)
            group.update(settings, in_use=settings.id in used)
        kept = {settings.id for settings in wanted.groups}
        for name, group in self._groups.items():
            if group.scope == wanted.scope and name not in kept:
                group.retire()

    def _update_listeners(self, wanted: snapshot.Snapshot) -> list[Listener]:
        """Change what stays, close what goes, and return what has yet to be opened."""
        kept = set()
        for balancer, settings in _listeners(wanted):
            listener = self._listeners.get(settings.id)
            if listener is not None and listener.fits(balancer, settings):
                listener.update(balancer, settings, self._table(balancer, settings))
                kept.add(settings.id)
        for name, listener in list(self._listeners.items()):
            if listener.scope == wanted.scope and name not in kept:
                listener.close()
                del self._listeners[name]
                self._bound.pop(name, None)
        missing = [pair for pair in _listeners(wanted) if pair[1].id not in kept]
        return [self._made(wanted.scope, balancer, settings) for balancer, settings in missing]

    def _made(self, scope: str, balancer: snapshot.Balancer, settings: snapshot.Listener) -> Listener:
        counters = self.counters.balancers.setdefault(balancer.id, BalancerCounters())
        listener = self._listeners[settings.id] = KINDS[settings.kind](scope, counters)
        listener.update(balancer, settings, self._table(balancer, settings))
        return listener

    def _table(self, balancer: snapshot.Balancer, settings: snapshot.Listener) -> Table:
        ids = {listener.port: listener.id for listener in balancer.listeners}

        def real_port(port: int) -> int:
            bound = self._bound.get(ids.get(port, ""))
            return bound.port if bound and bound.port else port

        return Table([(rule.conditions, self._action(rule, real_port)) for rule in settings.rules])

    def _action(self, rule: snapshot.Rule, real_port: Callable[[int], int]) -> Action:
        if rule.redirect:
            return Redirect(rule.redirect, real_port)
        if rule.fixed:
            return Fixed(rule.fixed)
        return Forward([(self._groups[share.group], share.weight) for share in rule.forward])

    def _forget_empty(self) -> None:
        self._groups = {name: group for name, group in self._groups.items() if not (group.retired and group.empty)}


def used_groups(wanted: snapshot.Snapshot) -> set[str]:
    """Return the groups that some rule leads to."""
    return {share.group for _, settings in _listeners(wanted) for rule in settings.rules for share in rule.forward}


def _listeners(wanted: snapshot.Snapshot) -> list[tuple[snapshot.Balancer, snapshot.Listener]]:
    return [(balancer, settings) for balancer in wanted.balancers for settings in balancer.listeners]
