"""What should be true of one region's load balancers, as values that travel between the two processes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """One condition of a rule: any of its values must match."""

    field: str  # as AWS names it: path-pattern, host-header, http-header, query-string, http-request-method, source-ip
    values: tuple[str, ...]
    name: str = ""  # the header of an http-header condition
    keys: tuple[str, ...] = ()  # of a query-string condition, one for each value, empty for any key


@dataclass(frozen=True)
class Share:
    """A target group's part of a forward action."""

    group: str
    weight: int = 1


@dataclass(frozen=True)
class Redirect:
    """Where to send the client instead; `#{host}` and its kind stand for what was asked for."""

    status: int
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


@dataclass(frozen=True)
class FixedResponse:
    """An answer that the load balancer gives by itself."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


@dataclass(frozen=True)
class Rule:
    """What to do with a request that meets all conditions; exactly one of the three actions is set."""

    conditions: tuple[Condition, ...] = ()
    forward: tuple[Share, ...] = ()
    redirect: Redirect | None = None
    fixed: FixedResponse | None = None


@dataclass(frozen=True)
class Certificate:
    """A private key and certificate chain in PEM, and the names for which a client gets it."""

    pem: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listener:
    """A port of a load balancer, its rules in order of priority with the default last."""

    id: str
    port: int
    rules: tuple[Rule, ...]
    kind: str = "http"
    fallbacks: tuple[int, ...] = (0,)  # ports to try when the port itself cannot be had; 0 is any
    certificates: tuple[Certificate, ...] = ()  # the first is the default; none means plain HTTP


@dataclass(frozen=True)
class Balancer:
    """A load balancer: an address, listeners, and attributes in seconds and switches."""

    id: str
    host: str
    listeners: tuple[Listener, ...] = ()
    dns_name: str = "localhost"
    idle_timeout: float = 60
    keep_alive: float = 3600
    forwarded_for: str = "append"  # or preserve, or remove
    client_port: bool = False
    preserve_host: bool = False
    drop_invalid: bool = False


@dataclass(frozen=True)
class HealthCheck:
    """How a target group finds out whether a target is fit to serve."""

    protocol: str = "HTTP"
    path: str = "/"
    port: int = 0  # 0 is the port that serves traffic
    codes: str = "200"
    interval: float = 30
    timeout: float = 5
    healthy: int = 5
    unhealthy: int = 2


@dataclass(frozen=True)
class Endpoint:
    """A registered target."""

    address: str
    port: int


@dataclass(frozen=True)
class Group:
    """A target group."""

    id: str
    targets: tuple[Endpoint, ...] = ()
    check: HealthCheck = HealthCheck()
    protocol: str = "HTTP"
    deregistration_delay: float = 300
    slow_start: float = 0
    algorithm: str = "round_robin"  # or least_outstanding_requests
    failing: tuple[Endpoint, ...] = ()  # targets whose checks are taken to fail, whatever they answer


@dataclass(frozen=True)
class Snapshot:
    """Everything of one scope; what a later snapshot of the scope no longer names is removed."""

    scope: str
    balancers: tuple[Balancer, ...] = ()
    groups: tuple[Group, ...] = ()
