"""[release]: approvers who are told in one way, and alarms that something looks at."""

import pytest

TOPIC = "approval_topic_arn = 'arn:aws:sns:eu-west-1:123456789012:releases'\n"


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (
            "approvers = ['nobody']\n",
            '6: release.approvers[0]: "nobody" is not valid; give an address such as you@example.com',
        ),
        ("approvers = ['a@b.c', 'a@b.c']\n", '6: release.approvers[1]: "a@b.c" stands there twice; keep one'),
        (
            "approvers = ['a@b.c\\n']\n".replace("'", '"'),
            '6: release.approvers[0]: "a@b.c\\n" is not valid; give an address',
        ),
        (
            f"{TOPIC}approvers = ['a@b.c']\n",
            "7: release.approvers: with approval_topic_arn nobody is mailed from here;",
        ),
        (
            "approval_topic_arn = 'arn:aws:sns:eu-west-1:123456789012:releases.fifo'\n",
            "6: release.approval_topic_arn: ",
        ),
        (
            "alarms = ['greeter-errors']\n",
            "6: release.alarms: nothing looks at these while watch is 0; give watch, such as watch = 300",
        ),
        ("healthy = 3\n", "6: release.healthy: 3 is more than desired_count, which is 2; give 1 to 2"),
        ("watch = 60\nalarms = ['a', 'a']\n", '7: release.alarms[1]: "a" stands there twice; keep one'),
        ("watch = 60\nalarms = ['say \"hi\"']\n", "7: release.alarms[0]: "),
        ("watch = 60\nalarms = ['#{Build.TAG}']\n", "7: release.alarms[0]: "),
        ("watch = 60\nalarms = ['']\n", "7: release.alarms[0]: "),
        ("watch = 60\nalarms = [' a']\n", "7: release.alarms[0]: "),
        (f"watch = 60\nalarms = ['{'a' * 129}']\n", "7: release.alarms[0]: 129 characters are too many"),
        ("watch = 3601\n", "6: release.watch: 3601 is not valid; give a whole number from 0 to 3600"),
        ("draining = -1\n", "6: release.draining: -1 is not valid; give a whole number from 0 to 3600"),
        ("log_retention = true\n", "6: release.log_retention: true is not valid; give 1, 3, 5, 7,"),
        ("log_retention = 30.0\n", "6: release.log_retention: 30.0 is not valid; give 1, 3, 5, 7,"),
    ],
)
def test_what_could_not_be_carried_out_is_refused(mistakes, minimal, rest, told):
    (line,) = mistakes(f"{minimal}[release]\n{rest}")
    assert line.startswith(told)


@pytest.mark.parametrize(
    "rest",
    [
        TOPIC,
        "approvers = ['a.b+c@example.co.uk']\n",
        "watch = 60\nalarms = ['p99 of /cart, eu-west-1 (5 min)']\n",
        "log_retention = 365\n",
    ],
)
def test_what_can_be_carried_out(mistakes, minimal, rest):
    assert mistakes(f"{minimal}[release]\n{rest}") == []
