"""Answers have the shape that botocore's model gives them."""

from __future__ import annotations

import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from tests.rehearsal.cloudformation.samples import thing


@pytest.fixture
def stack(play, cfn, name):
    outputs = {"Out": {"Value": "1", "Export": {"Name": f"{name}-out"}}}
    play.create({"A": thing(Value="1")}, {"Outputs": outputs, "Description": "d"}, Tags=[{"Key": "k", "Value": "v"}])
    cfn.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=play.template({"A": thing(Value="2")}))
    return name


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("DescribeStacks", {}),
        ("DescribeStackEvents", {}),
        ("DescribeStackResource", {"LogicalResourceId": "A"}),
        ("DescribeStackResources", {}),
        ("ListStackResources", {}),
        ("GetTemplateSummary", {}),
        ("DescribeChangeSet", {"ChangeSetName": "c"}),
        ("ListChangeSets", {}),
        ("ListStacks", None),
        ("ListExports", None),
    ],
)
def test_answers(cfn, stack, operation, more):
    answer = getattr(cfn, xform_name(operation))(**({} if more is None else {"StackName": stack, **more}))
    answer.pop("ResponseMetadata")
    shape = cfn.meta.service_model.operation_model(operation).output_shape
    assert answer
    assert not ParamValidator().validate(answer, shape).has_errors()


def test_every_operation_is_ours_or_refused(cloud):
    backend = cloud.backend("cloudformation")
    names = cloud.client("cloudformation").meta.service_model.operation_names
    wire = backend._url_module.url_paths["{0}/$"].__self__
    assert all(hasattr(wire, xform_name(name)) for name in names)
