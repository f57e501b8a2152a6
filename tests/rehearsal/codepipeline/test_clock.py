import threading

from rehearsal.codepipeline.clock import Clock
from rehearsal.workers import Workers


def test_later_things_happen_in_their_order_and_not_after_the_end():
    clock, workers, seen, done = Clock(), Workers(), [], threading.Event()
    clock.run(workers)
    clock.after(0.05, done.set)
    clock.after(0.02, lambda: seen.append("second"))
    clock.after(0, lambda: seen.append("first"))
    clock.after(60, lambda: seen.append("never"))
    assert done.wait(60)
    clock.stop()
    assert workers.stop(5) == []
    assert workers.failures == []
    assert seen == ["first", "second"]
