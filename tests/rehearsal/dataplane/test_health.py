"""Health is observed, and told in AWS's words."""

import time

import pytest

from rehearsal.dataplane.reasons import Verdict
from rehearsal.dataplane.snapshot import Endpoint, HealthCheck
from tests.rehearsal.dataplane.apps import wait_for
from tests.rehearsal.dataplane.test_failures import closed_port

SLOW = HealthCheck(interval=60, timeout=1, unhealthy=2)


def verdict(plane, state, target):
    """Wait for a state and return all that is said."""
    key = target if isinstance(target, str) else target.key
    assert plane.process.wait(lambda: plane.health("group").get(key, Verdict("")).state == state, 60)
    return plane.health("group")[key]


def test_one_good_check_makes_a_new_target_healthy_long_before_the_interval_is_over(plane):
    app = plane.app()
    plane.forward(plane.group("group", app, check=HealthCheck(interval=60, healthy=5)))
    plane.put()
    assert verdict(plane, "healthy", app) == Verdict("healthy")


def test_a_target_that_takes_long_to_start_is_initial_and_then_soon_healthy(plane):
    app = plane.app()
    app.status = 503
    plane.forward(plane.group("group", app, check=SLOW))
    plane.put()
    said = Verdict("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    assert plane.process.wait(lambda: plane.health("group")[app.key] == said, 60)
    time.sleep(0.5)
    assert plane.state("group", app) == "initial"
    app.status = 200
    verdict(plane, "healthy", app)


def test_a_wrong_status_is_named(plane):
    app = plane.app()
    app.status = 404
    plane.forward(plane.group("group", app))
    plane.put()
    assert verdict(plane, "unhealthy", app) == Verdict(
        "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"
    )


def test_a_target_that_does_not_listen(plane):
    endpoint = closed_port()
    plane.forward(plane.group("group", endpoint))
    plane.put()
    said = verdict(plane, "unhealthy", f"127.0.0.1:{endpoint.port}")
    assert said == Verdict("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


def test_a_target_that_does_not_answer_in_time(plane):
    app = plane.app()
    check = HealthCheck(path="/hold", interval=0.2, timeout=1, unhealthy=2)
    plane.forward(plane.group("group", app, check=check))
    plane.put()
    assert verdict(plane, "unhealthy", app) == Verdict("unhealthy", "Target.Timeout", "Request timed out")


def test_thresholds_decide_how_long_a_target_keeps_its_state(plane):
    app = plane.app()
    plane.forward(plane.group("group", app, check=HealthCheck(interval=0.2, timeout=1, healthy=3, unhealthy=3)))
    plane.put()
    verdict(plane, "healthy", app)
    for status, state in ((500, "unhealthy"), (200, "healthy")):
        app.status, began = status, time.monotonic()
        verdict(plane, state, app)
        assert 0.35 < time.monotonic() - began < 3


@pytest.mark.parametrize("codes", ["204", "200-299", "200,204", "100-199,201-204"])
def test_the_matcher_names_codes_and_ranges(plane, codes):
    app = plane.app()
    app.status = 204
    plane.forward(plane.group("group", app, check=HealthCheck(interval=60, codes=codes)))
    plane.put()
    verdict(plane, "healthy", app)


def test_a_check_may_have_a_port_of_its_own(plane):
    app, other = plane.app(), plane.app()
    other.status = 500
    plane.forward(plane.group("group", app, check=HealthCheck(interval=0.2, timeout=1, port=other.port)))
    plane.put()
    verdict(plane, "unhealthy", app)


def test_a_group_that_no_rule_leads_to_is_not_in_use(plane):
    app = plane.app()
    plane.group("group", app)
    plane.forward(plane.group("other"))
    plane.put()
    assert plane.health("group")[app.key] == Verdict(
        "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
    )
    plane.forward("group")
    plane.put()
    verdict(plane, "healthy", app)


def test_changed_settings_count_at_once(plane):
    app = plane.app()
    plane.forward(plane.group("group", app, check=HealthCheck(interval=60)))
    plane.put()
    verdict(plane, "healthy", app)
    plane.group("group", app, check=HealthCheck(interval=0.2, timeout=1, codes="299"))
    plane.put()
    assert plane.state("group", app) == "healthy"
    verdict(plane, "unhealthy", app)


def test_checks_name_themselves_and_stop_with_the_target(plane):
    app = plane.app()
    plane.forward(plane.group("group", app, deregistration_delay=0))
    plane.put()
    verdict(plane, "healthy", app)
    plane.group("group", Endpoint("127.0.0.1", 1), deregistration_delay=0)
    plane.put()
    assert wait_for(lambda: not app.open)
    connections = app.connections
    time.sleep(0.5)
    assert app.connections == connections
