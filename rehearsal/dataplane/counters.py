"""What went through, as CloudWatch would count it."""

from bisect import bisect_left
from dataclasses import dataclass, field

# Upper bounds in seconds of the histogram of target response times; the last bucket has none.
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


@dataclass
class GroupCounters:
    """Of one target group: requests given to targets and what targets answered, by the status's first digit."""

    requests: int = 0
    target_2xx: int = 0
    target_3xx: int = 0
    target_4xx: int = 0
    target_5xx: int = 0
    connection_errors: int = 0
    response_time_total: float = 0.0
    response_times: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def answered(self, status: int, seconds: float) -> None:
        """Count a target's response."""
        kind = status // 100
        if kind == 2:
            self.target_2xx += 1
        elif kind == 3:
            self.target_3xx += 1
        elif kind == 4:
            self.target_4xx += 1
        elif kind == 5:
            self.target_5xx += 1
        self.response_time_total += seconds
        self.response_times[bisect_left(BOUNDS, seconds)] += 1


@dataclass
class BalancerCounters:
    """Of one load balancer: requests, and what it answered by itself."""

    requests: int = 0
    elb_3xx: int = 0
    elb_4xx: int = 0
    elb_5xx: int = 0
    elb_502: int = 0
    elb_503: int = 0
    elb_504: int = 0
    fixed_responses: int = 0
    redirects: int = 0
    clients_gone: int = 0  # AWS logs these as 460

    def generated(self, status: int) -> None:
        """Count an error of the load balancer's own."""
        if status >= 500:
            self.elb_5xx += 1
        else:
            self.elb_4xx += 1
        if status == 502:
            self.elb_502 += 1
        elif status == 503:
            self.elb_503 += 1
        elif status == 504:
            self.elb_504 += 1


@dataclass
class Counters:
    """Everything since the data plane was started, by ARN."""

    groups: dict[str, GroupCounters] = field(default_factory=dict)
    balancers: dict[str, BalancerCounters] = field(default_factory=dict)
