"""Change sets: what they say, and what they do."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.cloudformation.samples import thing

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@pytest.fixture
def propose(cfn, play, name):
    def propose(resources, sections=None, **arguments):
        body = play.template(resources, **(sections or {}))
        cfn.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=body, **arguments)
        return cfn.describe_change_set(StackName=name, ChangeSetName="c")

    return propose


def changes(found):
    return {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in found["Changes"]}


def test_create_and_execute(cfn, play, propose, name):
    found = propose({"A": thing(Value="1")}, ChangeSetType="CREATE")
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes(found)["A"]["Action"] == "Add"
    assert cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    cfn.execute_change_set(StackName=name, ChangeSetName="c")
    assert play.settled()["StackStatus"] == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="cannot be executed in its current execution status"):
        cfn.execute_change_set(StackName=name, ChangeSetName="c")


def test_details(play, propose):
    parameters = {"Parameters": {"P": {"Type": "String", "Default": "1"}}}
    play.create(
        {
            "Gone": thing(),
            "Fixed": thing(Fixed="1"),
            "User": thing(Value={"Ref": "Fixed"}),
            "Maybe": thing(Fixed={"Ref": "Fixed"}),
            "Param": thing(Value={"Ref": "P"}),
            "Still": thing(Value="1"),
        },
        parameters,
    )
    found = changes(
        propose(
            {
                "Fixed": thing(Fixed="2"),
                "User": thing(Value={"Ref": "Fixed"}),
                "Maybe": thing(Fixed={"Ref": "Fixed"}),
                "Param": thing(Value={"Ref": "P"}),
                "Still": thing(Value="1"),
                "New": thing(),
            },
            parameters,
            Parameters=[{"ParameterKey": "P", "ParameterValue": "2"}],
        )
    )
    assert {key: one["Action"] for key, one in found.items()} == {
        "Fixed": "Modify",
        "User": "Modify",
        "Maybe": "Modify",
        "Param": "Modify",
        "New": "Add",
        "Gone": "Remove",
    }
    assert found["Fixed"]["Replacement"] == "True"
    assert found["User"]["Replacement"] == "False"
    assert found["Maybe"]["Replacement"] == "Conditional"
    detail = found["User"]["Details"][0]
    assert (detail["Evaluation"], detail["ChangeSource"], detail["CausingEntity"]) == (
        "Dynamic",
        "ResourceReference",
        "Fixed",
    )
    detail = found["Param"]["Details"][0]
    assert (detail["ChangeSource"], detail["CausingEntity"], detail["Target"]["Name"]) == (
        "ParameterReference",
        "P",
        "Value",
    )
    assert found["Param"]["Scope"] == ["Properties"]


def test_no_changes(play, propose):
    play.create({"A": thing(Value="1")})
    found = propose({"A": thing(Value="1")})
    assert (found["Status"], found["ExecutionStatus"], found["StatusReason"]) == ("FAILED", "UNAVAILABLE", NO_CHANGES)


def test_obsolete_and_deleted(play, propose, cfn, name):
    play.create({"A": thing(Value="1")})
    propose({"A": thing(Value="2")})
    cfn.create_change_set(StackName=name, ChangeSetName="d", TemplateBody=play.template({"A": thing(Value="3")}))
    cfn.execute_change_set(StackName=name, ChangeSetName="d")
    play.settled()
    assert cfn.describe_change_set(StackName=name, ChangeSetName="c")["ExecutionStatus"] == "OBSOLETE"
    cfn.delete_change_set(StackName=name, ChangeSetName="c")
    with pytest.raises(ClientError, match=r"ChangeSet \[c\] does not exist") as caught:
        cfn.describe_change_set(StackName=name, ChangeSetName="c")
    assert caught.value.response["Error"]["Code"] == "ChangeSetNotFound"
    assert [one["ChangeSetName"] for one in cfn.list_change_sets(StackName=name)["Summaries"]] == ["d"]


def test_a_name_is_free_again_once_executed(play, propose, cfn, name):
    play.create({"A": thing(Value="1")})
    propose({"A": thing(Value="2")})
    with pytest.raises(ClientError, match="ChangeSet c already exists"):
        propose({"A": thing(Value="3")})
    cfn.execute_change_set(StackName=name, ChangeSetName="c")
    play.settled()
    assert propose({"A": thing(Value="3")})["ExecutionStatus"] == "AVAILABLE"


def test_refused(play, propose, cfn, name):
    with pytest.raises(ClientError, match="does not exist"):
        propose({"A": thing()})
    with pytest.raises(ClientError, match="type IMPORT are not supported"):
        propose({"A": thing()}, ChangeSetType="IMPORT")
    with pytest.raises(ClientError) as caught:
        propose({"A": {"Type": "AWS::IAM::Role"}}, ChangeSetType="CREATE")
    assert caught.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
