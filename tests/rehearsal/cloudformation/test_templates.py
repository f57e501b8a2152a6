"""What templates may say, and how they are refused."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.cloudformation.samples import thing

BASE = {
    "Parameters": {
        "Env": {"Type": "String", "Default": "prod"},
        "Many": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
        "Numbers": {"Type": "List<Number>", "Default": "1,2"},
    },
    "Mappings": {"Sizes": {"prod": {"Cpu": 1024}, "test": {"Cpu": 256}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Either": {"Fn::Or": [{"Condition": "NotProd"}, {"Fn::Equals": ["a", "a"]}]},
        "Both": {"Fn::And": [{"Condition": "NotProd"}, {"Fn::Equals": ["a", "a"]}]},
    },
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Fn::Join": ["-", [{"Ref": "Env"}, 1, True]]}, "prod-1-true"),
        ({"Fn::Join": ["+", {"Ref": "Many"}]}, "a+b+c"),
        ({"Fn::Select": ["1", {"Ref": "Many"}]}, "b"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "eu-west-1a"),
        ({"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, "eu-west-1a"),
        ({"Fn::Split": ["|", "a|b"]}, ["a", "b"]),
        ({"Fn::Sub": "${Env}-${!Kept}-${AWS::Region}-${Other.Value}"}, "prod-${Kept}-eu-west-1-o"),
        ({"Fn::Sub": ["${X}/${Env}", {"X": {"Ref": "Env"}}]}, "prod/prod"),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", {"Fn::If": ["NotProd", 1, 2]}, 3]}, 2),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Cpu"]}, 1024),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"A": {"Ref": "AWS::NoValue"}, "B": [{"Ref": "AWS::NoValue"}, 1]}, {"B": [1]}),
    ],
)
def test_intrinsic_functions(play, expression, value):
    stack = play.create({"Other": thing(Value="o"), "A": thing(Value=expression)}, BASE)
    assert stack["StackStatus"] == "CREATE_COMPLETE", play.events()
    assert play.values()["A"] == {"Value": value}


@pytest.mark.parametrize(
    ("expression", "value"),
    [({"Fn::Length": {"Ref": "Many"}}, 3), ({"Fn::ToJsonString": {"a": [1, {"Ref": "Env"}]}}, '{"a":[1,"prod"]}')],
)
def test_language_extensions(play, expression, value):
    more = {**BASE, "Transform": "AWS::LanguageExtensions"}
    with pytest.raises(ClientError, match="CAPABILITY_AUTO_EXPAND"):
        play.create({"A": thing(Value=expression)}, more)
    play.create({"A": thing(Value=expression)}, more, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert play.values()["A"] == {"Value": value}


def test_yaml_with_short_forms(play, cfn, name):
    body = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Env: {Type: String, Default: prod}
Conditions:
  Prod: !Equals [!Ref Env, prod]
Resources:
  A:
    Type: AWS::Stage::Thing
    Condition: Prod
    Properties:
      Value: !Join ['-', [!Ref Env, !GetAtt B.Value, !If [Prod, yes, no]]]
  B:
    Type: AWS::Stage::Thing
    Properties:
      Value: !Sub
        - "${x}-${AWS::Region}"
        - x: !Select [1, !Split [',', 'p,q']]
"""
    cfn.create_stack(StackName=name, TemplateBody=body)
    assert play.settled()["StackStatus"] == "CREATE_COMPLETE"
    assert play.values()["A"] == {"Value": "prod-q-eu-west-1-true"}
    assert cfn.get_template(StackName=name)["TemplateBody"] == body


def test_dynamic_references_and_ssm_parameters(play, cloud, name):
    cloud.client("ssm").put_parameter(Name=f"/{name}", Type="String", Value="stored")
    cloud.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps({"k": "hidden"}))
    parameters = {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/{name}"}}
    stack = play.create(
        {
            "A": thing(Value=f"<{{{{resolve:ssm:/{name}}}}}>"),
            "B": thing(Value=f"{{{{resolve:secretsmanager:{name}:SecretString:k}}}}"),
            "C": thing(Value={"Ref": "P"}),
        },
        {"Parameters": parameters},
    )
    values = play.values()
    assert [values[key]["Value"] for key in "ABC"] == ["<stored>", "hidden", "stored"]
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": f"/{name}", "ResolvedValue": "stored"}]


def test_a_false_condition_leaves_the_resource_out(play):
    play.create({"A": thing(), "B": {**thing(), "Condition": "NotProd"}}, BASE)
    assert set(play.values()) == {"A"}


PARAMETER = "Parameters"


@pytest.mark.parametrize(
    ("resources", "sections", "message"),
    [
        ({}, {}, "At least one Resources member must be defined"),
        ({"A": {"Type": "AWS::Foo::Bar"}}, {}, r"Unrecognized resource types: \[AWS::Foo::Bar\]"),
        ({"A": {"Properties": {}}}, {}, "Every Resources object must contain a Type member"),
        ({"A": thing(Value={"Ref": "Lost"})}, {}, r"Unresolved resource dependencies \[Lost\] in the Resources block"),
        ({"A": thing(Value={"Fn::Sub": "${Lost}"})}, {}, r"Unresolved resource dependencies \[Lost\]"),
        ({"A": thing(Value={"Fn::GetAtt": "Lost.X"})}, {}, "Fn::GetAtt references undefined resource Lost"),
        ({"A": thing(after="Lost")}, {}, r"Unresolved resource dependencies \[Lost\]"),
        ({"A": thing(after="B"), "B": thing(after="A"), "C": thing(after="A")}, {}, r"Circular .*: \[A, B\]"),
        ({"A": thing(Value={"Fn::If": ["Lost", 1, 2]})}, {}, "unresolved condition dependency Lost"),
        ({"A": {**thing(), "Condition": "Lost"}}, {}, r"Unresolved dependencies \[Lost\]"),
        ({"A": {**thing(), "DeletionPolicy": "Snapshot"}}, {}, "DeletionPolicy 'Snapshot' of resource .A. is not"),
        ({"A": {**thing(), "CreationPolicy": {}}}, {}, "CreationPolicy of resource .A. is not supported"),
        ({"A": thing(Value={"Fn::Transform": {}})}, {}, "Fn::Transform is not supported"),
        ({"A": thing(Value={"Fn::Length": []})}, {}, "Fn::Length needs the transform"),
        ({"A": thing()}, {"Transform": "AWS::Serverless-2016-10-31"}, "transform AWS::Serverless-2016-10-31 is not"),
        ({"A": thing()}, {"Extra": {}}, r"Invalid template property or properties \[Extra\]"),
        ({"A": thing()}, {PARAMETER: {"P": {"Type": "String"}}}, r"Parameters: \[P\] must have values"),
        ({"A": thing()}, {PARAMETER: {"P": {"Type": "Strange"}}}, "Unrecognized parameter type: Strange"),
        (
            {"A": thing()},
            {PARAMETER: {"P": {"Type": "String", "Default": "x", "AllowedValues": ["y"]}}},
            "Parameter 'P' must be one of AllowedValues",
        ),
        (
            {"A": thing()},
            {PARAMETER: {"P": {"Type": "String", "Default": "x", "AllowedPattern": "[0-9]+"}}},
            "Parameter 'P' must match pattern",
        ),
        (
            {"A": thing()},
            {PARAMETER: {"P": {"Type": "Number", "Default": 3, "MaxValue": 2, "ConstraintDescription": "at most two"}}},
            "Parameter P failed to satisfy constraint: at most two",
        ),
        ({"A": {"Type": "AWS::IAM::Role"}}, {}, r"Requires capabilities : \[CAPABILITY_IAM\]"),
        (
            {"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}},
            {},
            r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]",
        ),
    ],
)
def test_refused_templates(play, cfn, name, resources, sections, message):
    with pytest.raises(ClientError, match=message):
        play.create(resources, sections)
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName=name)


def test_unknown_parameters_and_malformed_texts(play, cfn, name):
    with pytest.raises(ClientError, match=r"Parameters: \[Q\] do not exist in the template"):
        play.create({"A": thing()}, Parameters=[{"ParameterKey": "Q", "ParameterValue": "1"}])
    with pytest.raises(ClientError, match="YAML not well-formed"):
        cfn.create_stack(StackName=name, TemplateBody="a: [1")
    with pytest.raises(ClientError, match="length less than or equal to 51200"):
        play.create({"A": thing(Value="x" * 60_000)})


def test_no_echo_is_masked_and_previous_values_are_kept(play, cfn, name):
    parameters = {"P": {"Type": "String", "NoEcho": True}}
    body = {"A": thing(Value={"Ref": "P"})}
    stack = play.create(
        body, {"Parameters": parameters}, Parameters=[{"ParameterKey": "P", "ParameterValue": "secret"}]
    )
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]
    keep = [{"ParameterKey": "P", "UsePreviousValue": True}]
    play.update({**body, "B": thing()}, {"Parameters": parameters}, Parameters=keep)
    assert play.values()["A"] == {"Value": "secret"}


def test_exports_and_imports(play, cfn, name):
    outputs = {"Out": {"Value": {"Fn::GetAtt": ["A", "Value"]}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-x"}}}}
    play.create({"A": thing(Value="1")}, {"Outputs": outputs})
    user = f"{name}user"
    cfn.create_stack(StackName=user, TemplateBody=play.template({"B": thing(Value={"Fn::ImportValue": f"{name}-x"})}))
    assert play.settled(user)["StackStatus"] == "CREATE_COMPLETE"
    assert {"Name": f"{name}-x", "Value": "1"}.items() <= cfn.list_exports()["Exports"][-1].items()
    assert cfn.list_imports(ExportName=f"{name}-x")["Imports"] == [user]
    stack = play.update({"A": thing(Value="2")}, {"Outputs": outputs})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    cfn.delete_stack(StackName=name)
    stack = play.settled()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == f"Export {name}-x cannot be deleted as it is in use by {user}"


def test_summary_and_validation(play, cfn):
    body = play.template(
        {"A": {"Type": "AWS::IAM::Role"}}, Description="d", Parameters={"P": {"Type": "Number", "Default": 1}}
    )
    summary = cfn.get_template_summary(TemplateBody=body)
    assert summary["ResourceTypes"] == ["AWS::IAM::Role"]
    assert summary["Parameters"][0]["ParameterType"] == "Number"
    found = cfn.validate_template(TemplateBody=body)
    assert found["Capabilities"] == ["CAPABILITY_IAM"]
    assert found["Parameters"][0]["DefaultValue"] == "1"
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        cfn.validate_template(TemplateBody=play.template({"A": {"Type": "X::Y::Z"}}))


def test_an_attribute_that_is_not_there(play):
    stack = play.create({"A": thing(), "B": thing(Value={"Fn::GetAtt": ["A", "Nope"]})})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [event[2] for event in play.events()]
    assert "Template error: resource A does not support attribute type Nope in Fn::GetAtt" in reasons
