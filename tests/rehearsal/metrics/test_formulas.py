import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.cloudwatch.exceptions import ValidationError

from rehearsal.metrics.formulas import compute, names

TIMES = (0, 60, 120)
KNOWN = {"errors": {60: 2.0}, "requests": {0: 10.0, 60: 40.0, 120: 20.0}, "nothing": {}, "five": 5.0}


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("requests", [10, 40, 20]),
        ("errors / requests * 100", [None, 5, None]),
        ("IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)", [0, 5, 0]),
        ("IF(requests > 10 AND requests < 40, 1, 0)", [0, 0, 1]),
        ("IF(requests == 10 OR requests != 20, 1, 0)", [1, 1, 0]),
        ("requests > 10 && requests < 40 || requests == 10", [1, 0, 1]),
        ("-requests + 2 ^ 3 - (1 - 1)", [-2, -32, -12]),
        ("10 - 4 - 3", [3, 3, 3]),
        ("FILL(nothing, 7)", [7, 7, 7]),
        ("nothing + 1", [None, None, None]),
        ("requests / (requests - 20)", [-1, 2, None]),
        ("SUM([requests, FILL(errors, 0)])", [10, 42, 20]),
        ("MAX(requests)", [40, 40, 40]),
        ("AVG(nothing)", [None, None, None]),
        ("CEIL(requests / 15) + ABS(-1.5e0)", [2.5, 4.5, 3.5]),
        ("IF(five > 4, requests, 0)", [10, 40, 20]),
    ],
)
def test_values(formula, values):
    pairs = zip(TIMES, values, strict=True)
    assert compute(formula, KNOWN, TIMES) == {when: value for when, value in pairs if value is not None}


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("1 +", "'a value' is missing"),
        ("(1", "is missing"),
        ("1 2", "'2' is not expected"),
        ("a $ b", "'[$]' is not expected"),
        ("* 2", "'[*]' is not expected"),
        ("ANOMALY_DETECTION_BAND(m1, 2)", "function ANOMALY_DETECTION_BAND with 2 arguments is not supported"),
        ("FILL(m1, REPEAT)", "FILL takes a metric and a number"),
    ],
)
def test_what_is_no_formula(formula, why):
    with pytest.raises(ValidationError, match=why):
        compute(formula, {}, TIMES)


def test_names_of_what_is_used():
    assert names("IF(a > 1, b, FILL(c, 0)) / 2") == {"a", "b", "c"}


numbers = st.integers(-50, 50)


@given(st.recursive(numbers.map(str), lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join)))
def test_arithmetic_is_that_of_python(formula):
    assert compute(formula, {}, (0,)) == {0: eval(formula)}
