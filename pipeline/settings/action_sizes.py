"""How long the longest values become that the pipeline passes to its actions: CodePipeline refuses more than 1,000.

What is not known before the stacks exist is taken at its longest: partition, region, bucket name, ARNs, tags.
"""

import json

MOST = 1000

_REGION = "us-gov-west-1"


def _arn(service: str, resource: str) -> str:
    return f"arn:aws-us-gov:{service}:{_REGION}:123456789012:{resource}"


def user_parameters(app: str, watch: int, alarms: tuple[str, ...]) -> int:
    """Count the characters of what the flip is told."""
    load_balancer = f"app/{app}/{'f' * 16}"
    rule = _arn("elasticloadbalancing", f"listener-rule/{load_balancer}/{'f' * 16}/{'f' * 16}")
    target_group = _arn("elasticloadbalancing", f"targetgroup/{app}-code1/{'f' * 16}")
    told = {
        "image": "f" * 73,
        "package": "f" * 32,
        "execution": "f" * 36,
        "production_rule": rule,
        "test_rule": rule,
        "code1_target_group": target_group,
        "code2_target_group": target_group,
        "healthy": 1000,
        "watch": str(watch),
        "alarms": alarms,
    }
    return len(json.dumps(told, separators=(",", ":")))


def parameter_overrides(public_subnets: tuple[str, ...], private_subnets: tuple[str, ...]) -> int:
    """Count the characters of what the cluster stack's deployment is given."""
    pins = {
        name: {"Fn::GetParam": ["Discovered", "build.json", name]}
        for name in ("Code1", "Code2", "Code1Package", "Code2Package", "Live")
    }
    rest = {
        "Vpc": "vpc-" + "f" * 17,
        "PublicSubnets": ",".join(public_subnets),
        "PrivateSubnets": ",".join(private_subnets),
        "TemplateBucket": "b" * 63,
        "Key": _arn("kms", "key/" + "f" * 36),
    }
    return len(json.dumps(pins | rest, separators=(",", ":")))
