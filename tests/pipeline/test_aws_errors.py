import pytest
from botocore import exceptions as aws

from pipeline import aws_errors


def refused(code, message="it says so", call="PutObject"):
    return aws.ClientError({"Error": {"Code": code, "Message": message}}, call)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (aws.NoCredentialsError(), "No AWS credentials were found. Set AWS_PROFILE or add --profile"),
        (aws.PartialCredentialsError(provider="env", cred_var="key"), "AWS configuration cannot be used: Partial"),
        (aws.ProfileNotFound(profile="nobody"), "(nobody) could not be found. `aws configure list-profiles`"),
        (aws.NoRegionError(), "No region is set: add --region"),
        (
            aws.TokenRetrievalError(provider="sso", error_msg="gone"),
            "could not be fetched: Error when retrieving token",
        ),
        (aws.EndpointConnectionError(endpoint_url="https://x"), "could not be reached: Could not connect"),
        (aws.ReadTimeoutError(endpoint_url="https://x"), "Check the network"),
        (refused("ExpiredTokenException"), "credentials have expired (PutObject). Set AWS_PROFILE"),
        (refused("InvalidClientTokenId"), "AWS does not know these credentials (PutObject: InvalidClientTokenId)"),
        (
            refused("AccessDenied", "User: ann is not authorized to perform: s3:PutObject on resource: x"),
            "These credentials need a policy that allows s3:PutObject;",
        ),
        (refused("Throttling"), "throttling PutObject, even after several tries"),
        (refused("BucketAlreadyExists", "taken"), "AWS refused PutObject: taken (BucketAlreadyExists)"),
    ],
)
def test_an_error_says_what_to_do(error, words):
    assert words in aws_errors.explain(error)


def test_only_what_passes_is_waited_for():
    assert aws_errors.passing(refused("Throttling"))
    assert aws_errors.passing(refused("ServiceUnavailable"))
    assert aws_errors.passing(aws.ConnectTimeoutError(endpoint_url="https://x"))
    assert not aws_errors.passing(refused("AccessDenied"))
    assert not aws_errors.passing(refused("ExpiredToken"))
    assert not aws_errors.passing(aws.NoCredentialsError())


def test_only_a_setup_that_is_missing_is_the_users_mistake():
    assert aws_errors.user_must_act(aws.NoCredentialsError())
    assert aws_errors.user_must_act(aws.ProfileNotFound(profile="nobody"))
    assert not aws_errors.user_must_act(refused("AccessDenied"))
    assert not aws_errors.user_must_act(aws.EndpointConnectionError(endpoint_url="https://x"))
