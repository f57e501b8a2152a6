import pytest
from botocore.exceptions import ClientError

from rehearsal.sources import pushes


@pytest.fixture
def shop(cloud, clone):
    client = cloud.client("codecommit")
    metadata = client.create_repository(repositoryName="shop", repositoryDescription="d")["repositoryMetadata"]
    yield client, metadata, clone
    client.delete_repository(repositoryName="shop")


def test_codecommit_answers_from_git(shop):
    client, metadata, clone = shop
    commit = clone.commit("hello", a__txt="1")
    clone.git("push", metadata["cloneUrlHttp"], "main")
    assert client.get_branch(repositoryName="shop", branchName="main")["branch"]["commitId"] == commit
    found = client.get_commit(repositoryName="shop", commitId=commit)["commit"]
    assert (found["message"], found["author"]["name"]) == ("hello", "A Person")
    assert client.list_branches(repositoryName="shop")["branches"] == ["main"]
    assert client.get_repository(repositoryName="shop")["repositoryMetadata"]["defaultBranch"] == "main"
    assert [each["repositoryName"] for each in client.list_repositories()["repositories"]] == ["shop"]


@pytest.mark.parametrize(
    ("operation", "settings", "code"),
    [
        ("get_branch", {"repositoryName": "shop", "branchName": "x"}, "BranchDoesNotExistException"),
        ("get_commit", {"repositoryName": "shop", "commitId": "f" * 40}, "CommitIdDoesNotExistException"),
        ("get_branch", {"repositoryName": "x", "branchName": "x"}, "RepositoryDoesNotExistException"),
        ("create_repository", {"repositoryName": "shop"}, "RepositoryNameExistsException"),
        ("create_repository", {"repositoryName": "a.git"}, "InvalidRepositoryNameException"),
        ("list_pull_requests", {"repositoryName": "shop"}, "NotImplementedException"),
    ],
)
def test_codecommit_refuses_as_aws_does(shop, operation, settings, code):
    with pytest.raises(ClientError) as refused:
        getattr(shop[0], operation)(**settings)
    assert refused.value.response["Error"]["Code"] == code


def test_a_push_is_an_event_and_a_trigger(shop, cloud, events, monkeypatch):
    _, metadata, clone = shop
    triggered = []
    monkeypatch.setattr(pushes.triggers, "pushed", lambda *told: triggered.append(told))
    first = clone.commit("one", a__txt="1")
    clone.git("push", metadata["cloneUrlHttp"], "main")
    second = clone.commit("two", b__txt="1")
    clone.git("push", metadata["cloneUrlHttp"], "main")
    nowhere = "0" * 40
    for old, new in ((nowhere, first), (first, second), (second, nowhere)):
        pushes.pushed(cloud, {"repository": "shop", "updates": [{"old": old, "new": new, "ref": "refs/heads/main"}]})
    details = [event["detail"] for event in events()]
    assert [each["event"] for each in details] == ["referenceCreated", "referenceUpdated", "referenceDeleted"]
    assert details[1].pop("callerUserArn")
    assert details[1] == {
        "event": "referenceUpdated",
        "referenceFullName": "refs/heads/main",
        "referenceName": "main",
        "referenceType": "branch",
        "repositoryId": metadata["repositoryId"],
        "repositoryName": "shop",
        "commitId": second,
        "oldCommitId": first,
    }
    kind = "CodeStarSourceConnection"
    assert triggered == [
        (kind, "shop", "main", first, "one", "A Person", ["a.txt"]),
        (kind, "shop", "main", second, "two", "A Person", ["b.txt"]),
    ]


def test_a_push_without_pipelines_or_codecommit_does_no_harm(cloud, repositories, clone):
    path = repositories.create("plain")
    commit = clone.commit()
    clone.git("push", str(path), "main")
    pushes.pushed(cloud, {"repository": "plain", "updates": [{"old": "0" * 40, "new": commit, "ref": "refs/tags/v1"}]})


@pytest.mark.parametrize("service", ["codestar-connections", "codeconnections"])
def test_connections(cloud, service):
    client = cloud.client(service)
    tags = [{"Key": "a", "Value": "b"}]
    arn = client.create_connection(ProviderType="GitHub", ConnectionName="hub", Tags=tags)["ConnectionArn"]
    assert arn.startswith(f"arn:aws:{service}:eu-west-1:123456789012:connection/")
    found = client.get_connection(ConnectionArn=arn)["Connection"]
    assert (found["ConnectionStatus"], found["ProviderType"]) == ("AVAILABLE", "GitHub")
    assert [each["ConnectionArn"] for each in client.list_connections(ProviderTypeFilter="GitHub")["Connections"]] == [
        arn
    ]
    assert client.list_connections(ProviderTypeFilter="GitLab")["Connections"] == []
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    with pytest.raises(ClientError, match="already exists"):
        client.create_connection(ProviderType="GitHub", ConnectionName="hub")
    client.delete_connection(ConnectionArn=arn)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_connection(ConnectionArn=arn)
    with pytest.raises(ClientError, match="ListHosts"):
        client.list_hosts()


def test_both_names_of_the_service_know_the_same_connections(cloud):
    older, newer = cloud.client("codestar-connections"), cloud.client("codeconnections")
    made = [
        client.create_connection(ProviderType="GitLab", ConnectionName=name)["ConnectionArn"]
        for client, name in ((older, "old"), (newer, "new"))
    ]
    assert [arn.split(":")[2] for arn in made] == ["codestar-connections", "codeconnections"]
    for client in (older, newer):
        for arn in made:
            assert client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "AVAILABLE"
        assert [each["ConnectionArn"] for each in client.list_connections()["Connections"]] == made
        unknown = f"{made[0]}0"
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_connection(ConnectionArn=unknown)
    with pytest.raises(ClientError, match="already exists"):
        newer.create_connection(ProviderType="GitHub", ConnectionName="old")
    for arn in made:
        newer.delete_connection(ConnectionArn=arn)
    assert older.list_connections()["Connections"] == []


def test_an_object_is_an_event_once_its_bucket_says_so(cloud, events):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="told", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="told", Key="silent", Body=b"1")
    s3.put_bucket_versioning(Bucket="told", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration={"EventBridgeConfiguration": {}})
    put = s3.put_object(Bucket="told", Key="a b.zip", Body=b"123")
    (event,) = events()
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["resources"] == ["arn:aws:s3:::told"]
    detail = event["detail"]
    assert detail["bucket"] == {"name": "told"}
    assert detail["reason"] == "PutObject"
    assert detail["object"].pop("sequencer")
    assert detail["object"] == {
        "key": "a b.zip",
        "size": 3,
        "etag": put["ETag"].strip('"'),
        "version-id": put["VersionId"],
    }
