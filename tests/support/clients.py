"""Clients for moto, from one session: each new session reads the service models anew, longer than a test takes."""

import boto3

SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


def client(service, region="eu-west-1"):
    """A client; inside `mock_aws` it speaks to moto."""
    return SESSION.client(service, region)
