"""The names that one stack gives and another one uses."""

from dataclasses import dataclass

from troposphere import Sub

SIDES = ("Code1", "Code2")


def arn(service: str, resource: str, *, region: str = "${AWS::Region}", account: str = "${AWS::AccountId}") -> Sub:
    """Return the ARN of a resource in this partition and, unless told otherwise, this region and account."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{resource}")


def template_url(key: str) -> Sub:
    """Return the address of a published template; the key may hold references of its own."""
    return Sub(f"https://${{TemplateBucket}}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{key}")


def side_stack(identifier: str) -> str:
    """Return the title of a side's stack within the cluster. `Code1` alone is the parameter that pins its image."""
    return f"{identifier}Side"


@dataclass(frozen=True)
class Names:
    """What everything of one application is called."""

    app: str

    @property
    def cluster_stack(self) -> str:
        """The stack that the pipeline deploys."""
        return f"{self.app}-cluster"

    @property
    def topic(self) -> str:
        """The topic that is told about approvals and alarms."""
        return f"{self.app}-releases"

    @property
    def package(self) -> str:
        """The key under which the pipeline finds templates and deployer. Constant, so that the pipeline is too."""
        return f"{self.app}/package.zip"

    @property
    def dashboard(self) -> str:
        """The dashboard; dashboards belong to the account, hence the region in the name."""
        return f"{self.app}-${{AWS::Region}}"

    def side(self, identifier: str) -> str:
        """Return what a side's target group, service and alarms are called."""
        return f"{self.app}-{identifier.lower()}"

    def role(self, actor: str) -> str:
        """Return the name of an actor's role; roles belong to the account, hence the region in the name."""
        return f"{self.app}-{actor}-${{AWS::Region}}"

    def bucket(self, purpose: str) -> str:
        """Return the name of a bucket; buckets share one namespace with the whole world."""
        return f"{self.app}-{purpose}-${{AWS::AccountId}}-${{AWS::Region}}"

    def log_group(self, purpose: str) -> str:
        """Return the name of a log group. All of them share a prefix, which the key's policy names."""
        return f"/flipside/{self.app}/{purpose}"

    def role_arn(self, actor: str) -> Sub:
        """Return the ARN of an actor's role."""
        return arn("iam", f"role/{self.role(actor)}", region="")

    def policy_arn(self, purpose: str) -> Sub:
        """Return the ARN of a managed policy."""
        return arn("iam", f"policy/{self.role(purpose)}", region="")

    def topic_arn(self) -> Sub:
        """Return the ARN of the topic."""
        return arn("sns", self.topic)
