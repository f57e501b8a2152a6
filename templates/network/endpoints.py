"""The ways to AWS that stay inside the VPC."""

from troposphere import Ref, Sub
from troposphere.ec2 import SecurityGroup, SecurityGroupRule, VPCEndpoint

from pipeline.settings import Settings
from templates.network.routes import table_of
from templates.network.vpc import PRIVATE
from templates.parts import Part, tagged

# What starting a task takes: its image, its logs, its secrets. Both kinds of secrets are reachable whether or not the
# settings name one, since the side that is live may still need what newer settings have dropped.
SERVICES = {
    "EcrApiEndpoint": "ecr.api",
    "EcrImagesEndpoint": "ecr.dkr",
    "LogsEndpoint": "logs",
    "SecretsEndpoint": "secretsmanager",
    "ParametersEndpoint": "ssm",
}


def resources(settings: Settings) -> list[Part]:
    """Return the endpoint for S3, which is free and carries the image layers, and without NAT all that a task needs."""
    layers = VPCEndpoint(
        "S3Endpoint",
        VpcId=Ref("Vpc"),
        VpcEndpointType="Gateway",
        ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
        RouteTableIds=[Ref(table_of(title)) for title in PRIVATE],
        **tagged(settings, Name=f"{settings.app}-s3"),
    )
    return [layers, *interfaces(settings)] if settings.network.nat == "none" else [layers]


def interfaces(settings: Settings) -> list[Part]:
    """Return an endpoint for each service, reachable from inside the VPC only."""
    https = SecurityGroupRule(
        IpProtocol="tcp",
        FromPort=443,
        ToPort=443,
        CidrIp=settings.network.cidr,
        Description="HTTPS from inside the VPC",
    )
    group = SecurityGroup(
        "EndpointSecurityGroup",
        GroupDescription="VPC endpoints",
        VpcId=Ref("Vpc"),
        SecurityGroupIngress=[https],
        **tagged(settings, Name=f"{settings.app}-endpoints"),
    )
    return [group, *(interface(settings, title, service) for title, service in SERVICES.items())]


def interface(settings: Settings, title: str, service: str) -> VPCEndpoint:
    """Return an endpoint with an address in each private subnet."""
    return VPCEndpoint(
        title,
        VpcId=Ref("Vpc"),
        VpcEndpointType="Interface",
        ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{service}"),
        PrivateDnsEnabled=True,
        SubnetIds=[Ref(subnet) for subnet in PRIVATE],
        SecurityGroupIds=[Ref("EndpointSecurityGroup")],
        **tagged(settings, Name=f"{settings.app}-{service}"),
    )
