"""[source]: the repository has its provider's form, and a connection goes with the providers that need one."""

import pytest

ARN = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b"


def _document(**keys):
    return 'app = "greeter"\n[source]\n' + "".join(f"{key} = {value!r}\n" for key, value in keys.items())


@pytest.mark.parametrize(
    ("provider", "repository"),
    [
        ("github", "acme/greeter.web"),
        ("gitlab", "acme/web/shop/greeter"),
        ("bitbucket", "acme/greeter"),
        ("codecommit", "greeter_web-1.0"),
        ("s3", "acme-handoffs/greeter/source.zip"),
        ("s3", "acme.handoffs/source.zip"),
    ],
)
def test_each_provider_names_its_repository_in_its_own_way(mistakes, provider, repository):
    keys = {"provider": provider, "repository": repository}
    connection = {"connection_arn": ARN} if provider in ("github", "gitlab", "bitbucket") else {}
    assert mistakes(_document(**keys, **connection)) == []


@pytest.mark.parametrize(
    ("provider", "repository", "valid"),
    [
        ("github", "greeter", "give `owner/name`"),
        ("github", "acme/web/greeter", "give `owner/name`"),
        ("github", "acme/", "give `owner/name`"),
        ("github", "/acme/greeter", "give `owner/name`"),
        ("gitlab", "greeter", "give `group/name`"),
        ("gitlab", "acme//greeter", "give `group/name`"),
        ("bitbucket", "acme", "give `workspace/name`"),
        ("codecommit", "acme/greeter", "give the repository's `name`"),
        ("codecommit", "g" * 101, "at most 100 characters"),
        ("s3", "source.zip", "give `bucket/key-of-the.zip`"),
        ("s3", "acme/source.tar", "give `bucket/key-of-the.zip`"),
        ("s3", "Acme/source.zip", "give `bucket/key-of-the.zip`"),
        ("s3", "acme//source.zip", "give `bucket/key-of-the.zip`"),
    ],
)
def test_another_provider_s_form_is_refused(mistakes, provider, repository, valid):
    connection = {"connection_arn": ARN} if provider in ("github", "gitlab", "bitbucket") else {}
    (line,) = mistakes(_document(provider=provider, repository=repository, **connection))
    assert line.startswith("4: source.repository: ")
    assert f'with provider "{provider}" is not valid' in line
    assert valid in line


@pytest.mark.parametrize(
    "url", ["https://github.com/acme/greeter", "git@github.com:acme/greeter.git", "acme/gréeter", "a b/c"]
)
def test_a_url_is_no_repository(mistakes, url):
    (line,) = mistakes(_document(repository=url, connection_arn=ARN))
    assert line.startswith("3: source.repository: ")
    assert "give the repository as its provider names it" in line


def test_a_connection_goes_with_the_providers_that_need_one(mistakes):
    (missing,) = mistakes(_document(repository="acme/greeter"))
    assert missing.startswith('2: source.connection_arn: provider "github" needs it; give the ARN of a CodeConnections')
    (superfluous,) = mistakes(_document(provider="codecommit", repository="greeter", connection_arn=ARN))
    assert superfluous.startswith('5: source.connection_arn: provider "codecommit" is not read through a connection;')


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:codeconnections:eu-west-1:12345:connection/0f2d1c3b",
        "arn:aws:codeconnections::123456789012:connection/0f2d1c3b",
        "arn:aws:codebuild:eu-west-1:123456789012:connection/0f2d1c3b",
        "arn:aws:codeconnections:eu-west-1:123456789012:host/0f2d1c3b",
        f"{ARN} ",
        f" {ARN}",
        "ghp_" + "a" * 36,
    ],
)
def test_something_else_than_a_connection_is_refused(mistakes, arn):
    (line,) = mistakes(_document(repository="acme/greeter", connection_arn=arn))
    assert line.startswith("4: source.connection_arn: ")
    assert (
        "give the ARN of a CodeConnections connection, as arn:aws:codeconnections:REGION:ACCOUNT:connection/ID" in line
    )


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_connections_of_both_names_and_of_every_partition_are_valid(mistakes, service, partition):
    arn = f"arn:{partition}:{service}:us-gov-west-1:123456789012:connection/0f2d1c3b-8a67"
    assert mistakes(_document(repository="acme/greeter", connection_arn=arn)) == []


@pytest.mark.parametrize("key", ["include_paths", "exclude_paths"])
def test_path_filters_need_a_connection(mistakes, key):
    assert mistakes(_document(repository="acme/greeter", connection_arn=ARN, **{key: ["web/**"]})) == []
    (line,) = mistakes(_document(provider="codecommit", repository="greeter", **{key: ["web/**"]}))
    assert line.startswith(f'5: source.{key}: provider "codecommit" is not read through a connection;')


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["/web/**"], 'source.include_paths[0]: "/web/**" is not valid; give a pattern from the repository\'s top'),
        (["web/**", "./api"], "source.include_paths[1]: "),
        ([""], "source.include_paths[0]: "),
        (["w" * 256], "source.include_paths[0]: 256 characters are too many"),
        (["a", "b", "a"], 'source.include_paths[2]: "a" stands there twice; keep one'),
        ([f"{n}/**" for n in range(9)], "source.include_paths: 9 of them is not valid; give a list of at most 8"),
    ],
)
def test_path_filters_are_what_codepipeline_takes(mistakes, paths, told):
    (line,) = mistakes(_document(repository="acme/greeter", connection_arn=ARN, include_paths=paths))
    assert line.startswith(f"5: {told}")


@pytest.mark.parametrize("branch", ["", "feature/", "/main", "a b", "main\nmain", "b" * 256])
def test_what_names_no_branch_is_refused(mistakes, branch):
    toml = branch.replace("\n", "\\n")
    (line,) = mistakes(
        f'app = "greeter"\n[source]\nprovider = "codecommit"\nrepository = "greeter"\nbranch = "{toml}"\n'
    )
    assert line.startswith("5: source.branch: ")
    assert "give a branch's name" in line


def test_s3_has_no_branches(mistakes):
    (line,) = mistakes(_document(provider="s3", repository="acme/source.zip", branch="release"))
    assert line == "5: source.branch: an S3 object has no branches; leave branch out"
