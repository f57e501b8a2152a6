import pytest

from rehearsal.metrics.verdicts import Terms, judge

# From AWS's user guide, "Configuring how CloudWatch alarms treat missing data": the newest period is the last one.
ALL = {"missing": 0, "ignore": 1, "breaching": 2, "notBreaching": 3}
KEEPS = "INSUFFICIENT_DATA"


@pytest.mark.parametrize("treated", ALL)
@pytest.mark.parametrize(
    ("needed", "points", "states"),
    [
        (3, "0-X-X", "OK OK OK OK"),
        (3, "0----", "OK OK OK OK"),
        (3, "-----", f"INSUFFICIENT_DATA {KEEPS} ALARM OK"),
        (3, "0XX-X", "ALARM ALARM ALARM ALARM"),
        (3, "--X--", f"ALARM {KEEPS} ALARM OK"),
        (2, "0-X-X", "ALARM ALARM ALARM ALARM"),
        (2, "00X-X", "ALARM ALARM ALARM ALARM"),
        (2, "0-X--", "OK OK ALARM OK"),
        (2, "-----", f"INSUFFICIENT_DATA {KEEPS} ALARM OK"),
        (2, "0----", "OK OK ALARM OK"),
        (2, "----X", f"ALARM {KEEPS} ALARM OK"),
    ],
)
def test_periods_without_numbers(treated, needed, points, states):
    series = {at: 9.0 if point == "X" else 0.0 for at, point in enumerate(points) if point != "-"}
    found = judge(Terms("GreaterThanThreshold", 5, 3, needed, treated), series, KEEPS)
    assert found.state == states.split()[ALL[treated]]


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", {6}),
        ("GreaterThanOrEqualToThreshold", {5, 6}),
        ("LessThanThreshold", {4}),
        ("LessThanOrEqualToThreshold", {4, 5}),
    ],
)
def test_comparisons(comparison, breaching):
    said = {value for value in (4, 5, 6) if judge(Terms(comparison, 5, 1, 1), {0: value}, "OK").state == "ALARM"}
    assert said == breaching


def test_reasons():
    terms = Terms("GreaterThanThreshold", 5.0, 2, 1)
    assert judge(terms, {0: 1.0, 60: 9.0}, "OK").reason == (
        "Threshold Crossed: 1 out of the last 2 datapoints [9.0, 1.0] was greater than the threshold (5.0) "
        "(minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert judge(terms, {0: 1.0, 60: 2.0}, "OK").reason == (
        "Threshold Crossed: 2 out of the last 2 datapoints [2.0, 1.0] were not greater than the threshold (5.0) "
        "(minimum 1 datapoint for ALARM -> OK transition)."
    )
    assert judge(terms, {}, "OK").reason == "Insufficient Data: 2 datapoints were unknown."
    breaching = Terms("GreaterThanThreshold", 5.0, 2, 1, "breaching")
    assert "no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]" in (
        judge(breaching, {}, "OK").reason
    )
