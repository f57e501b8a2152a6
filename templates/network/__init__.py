"""A VPC with a public and a private subnet in each of two availability zones.

The load balancer stands in the public subnets and the tasks in the private ones, where nothing has a public address.
"""

from troposphere import Join, Parameter, Ref, Template

from pipeline.settings import Settings
from templates.network import endpoints, flow_logs, routes, vpc
from templates.parts import output, stack


def template(settings: Settings) -> Template:
    """Return the network stack."""
    return stack(
        f"{settings.app}: the network, two availability zones wide",
        Parameter("Key", Type="String", Description="ARN of the key that encrypts the flow logs"),
        *vpc.resources(settings),
        *routes.resources(settings),
        *endpoints.resources(settings),
        *flow_logs.resources(settings),
        output("Vpc", Ref("Vpc"), "The VPC"),
        output("PublicSubnets", Join(",", [Ref(title) for title in vpc.PUBLIC]), "Where the load balancer stands"),
        output("PrivateSubnets", Join(",", [Ref(title) for title in vpc.PRIVATE]), "Where the tasks run"),
    )
