"""The load balancer that both sides share: two listeners, each of which answers 503 until a rule says otherwise.

Where traffic goes is decided by rules alone. A listener's default action would be sent again by every change of the
listener, a new certificate for instance, and would point production at whatever the template happens to say.
"""

from troposphere import GetAtt, Parameter, Ref, Sub, Template
from troposphere.ec2 import SecurityGroup, SecurityGroupRule
from troposphere.elasticloadbalancingv2 import (
    Action,
    Certificate,
    FixedResponseConfig,
    Listener,
    LoadBalancer,
    LoadBalancerAttributes,
    RedirectConfig,
)

from pipeline.settings import Settings
from templates.names import Names
from templates.parts import Properties, excused, output, stack, tagged

# Clients with TLS 1.2 or newer.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
EVERYBODY = "0.0.0.0/0"
# Private addresses. The addresses of an existing VPC are among them, but which ones they are is not in the settings.
PRIVATE_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
NOBODY = "127.0.0.1/32"

PLAIN = "The settings name no certificate, and without one a listener cannot speak TLS."


def template(settings: Settings) -> Template:
    """Return the load balancer's stack."""
    redirect = [redirect_listener(settings)] if settings.listener.redirects else []
    return stack(
        f"{settings.app}: the load balancer that both sides share",
        Parameter("Vpc", Type="AWS::EC2::VPC::Id", Description="The VPC"),
        Parameter("Subnets", Type="List<AWS::EC2::Subnet::Id>", Description="Where the load balancer stands"),
        security_group(settings),
        load_balancer(settings),
        listener(settings, "ProductionListener", settings.listener.production),
        listener(settings, "TestListener", settings.listener.test),
        *redirect,
        output("SecurityGroup", Ref("SecurityGroup"), "The load balancer's security group"),
        output("FullName", GetAtt("LoadBalancer", "LoadBalancerFullName"), "What metrics call the load balancer"),
        output("DnsName", GetAtt("LoadBalancer", "DNSName"), "The load balancer's host name"),
        output("ProductionListener", Ref("ProductionListener"), "Where production is reached"),
        output("TestListener", Ref("TestListener"), "Where the side that is not live is reached"),
    )


def security_group(settings: Settings) -> SecurityGroup:
    """Return who may reach which listener."""
    listen = settings.listener
    public = listen.scheme == "internet-facing"
    callers = (EVERYBODY,) if public else inside(settings)
    testers = (listen.test_cidr,) if listen.test_cidr else inside(settings)
    ports = {listen.production: callers, listen.test: testers} | ({80: callers} if listen.redirects else {})
    why_public = {"CKV_AWS_260": "Production is on the internet: the settings say internet-facing."}
    return SecurityGroup(
        "SecurityGroup",
        GroupDescription=f"{settings.app}: who may reach the load balancer",
        VpcId=Ref("Vpc"),
        SecurityGroupIngress=[ingress(port, cidr) for port, cidrs in ports.items() for cidr in cidrs],
        # Naming a way out that leads nowhere takes away the default one, which leads everywhere. Each side adds its
        # own.
        SecurityGroupEgress=[
            SecurityGroupRule(IpProtocol="icmp", FromPort=-1, ToPort=-1, CidrIp=NOBODY, Description="Nowhere")
        ],
        **tagged(settings, Name=f"{settings.app}-load-balancer"),
        **(excused(**why_public) if public and 80 in ports else {}),
    )


def inside(settings: Settings) -> tuple[str, ...]:
    """Return the addresses that count as inside the VPC."""
    return PRIVATE_NETWORKS if settings.network.existing else (settings.network.cidr,)


def ingress(port: int, cidr: str) -> SecurityGroupRule:
    """Let these addresses reach this port."""
    return SecurityGroupRule(
        IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=cidr, Description=f"Port {port} from {cidr}"
    )


def load_balancer(settings: Settings) -> LoadBalancer:
    """Return the load balancer."""
    attributes = {
        "access_logs.s3.bucket": Sub(Names(settings.app).bucket("logs")),
        "access_logs.s3.enabled": "true",
        "access_logs.s3.prefix": "load-balancer",
        # With protection a first deployment that fails could not be undone, and nothing could be destroyed.
        "deletion_protection.enabled": "false",
        "idle_timeout.timeout_seconds": "60",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }
    return LoadBalancer(
        "LoadBalancer",
        Name=settings.app,
        Type="application",
        Scheme=settings.listener.scheme,
        Subnets=Ref("Subnets"),
        SecurityGroups=[Ref("SecurityGroup")],
        LoadBalancerAttributes=[LoadBalancerAttributes(Key=key, Value=value) for key, value in attributes.items()],
        **tagged(settings),
    )


def listener(settings: Settings, title: str, port: int) -> Listener:
    """Return a listener that answers 503 for whatever no rule claims."""
    nothing = FixedResponseConfig(StatusCode="503", ContentType="text/plain", MessageBody="No release is live here.")
    return Listener(
        title,
        LoadBalancerArn=Ref("LoadBalancer"),
        Port=port,
        DefaultActions=[Action(Type="fixed-response", FixedResponseConfig=nothing)],
        **transport(settings),
        **tagged(settings),
    )


def transport(settings: Settings) -> Properties:
    """Return HTTPS with the certificate if there is one, else HTTP."""
    if not settings.listener.secure:
        return {"Protocol": "HTTP", **excused(CKV_AWS_2=PLAIN, CKV_AWS_103=PLAIN)}
    certificate = Certificate(CertificateArn=settings.listener.certificate_arn)
    return {"Protocol": "HTTPS", "Certificates": [certificate], "SslPolicy": TLS_POLICY}


def redirect_listener(settings: Settings) -> Listener:
    """Return what sends callers of port 80 to production."""
    there = RedirectConfig(Protocol="HTTPS", Port=str(settings.listener.production), StatusCode="HTTP_301")
    return Listener(
        "Redirect",
        # With a new certificate, production leaves port 80 first.
        DependsOn="ProductionListener",
        LoadBalancerArn=Ref("LoadBalancer"),
        Port=80,
        Protocol="HTTP",
        DefaultActions=[Action(Type="redirect", RedirectConfig=there)],
        **tagged(settings),
    )
