"""Which resource comes after which."""

from collections.abc import Iterable, Mapping

from rehearsal.cloudformation.errors import ValidationError

Graph = Mapping[str, frozenset[str]]


def ordered(graph: Graph) -> list[str]:
    """Return the nodes so that each stands after those it depends on; a circle is an error."""
    done: list[str] = []
    seen: set[str] = set()
    waiting = dict(graph)
    while waiting:
        ready = [node for node, after in waiting.items() if after <= seen]
        if not ready:
            circle = sorted(_circle(waiting))
            raise ValidationError(f"Circular dependency between resources: [{', '.join(circle)}]")
        for node in ready:
            del waiting[node]
        done += ready
        seen.update(ready)
    return done


def _circle(waiting: Graph) -> set[str]:
    """Leave out what merely hangs on the circle."""
    left = dict(waiting)
    while leaves := [node for node in left if not any(node in after for after in left.values())]:
        for node in leaves:
            del left[node]
    return set(left)


def reversed_graph(graph: Graph) -> dict[str, frozenset[str]]:
    """Return the graph with every arrow turned, for taking things down."""
    return {node: frozenset(other for other, after in graph.items() if node in after) for node in graph}


def narrowed(graph: Graph, nodes: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the graph of some of the nodes only."""
    kept = frozenset(nodes)
    return {node: after & kept for node, after in graph.items() if node in kept}
