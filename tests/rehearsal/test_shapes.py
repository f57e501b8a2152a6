"""What holds answers against AWS's model sees what is wrong with them."""

import json

import pytest
from botocore.session import get_session

from tests.support.shapes import faults

EXECUTION = {"pipelineExecutionId": "1", "status": "Succeeded"}
STATE = "<State><Code>active</Code></State>"


def operation(service, name):
    return get_session().get_service_model(service).operation_model(name)


@pytest.mark.parametrize(
    ("execution", "fault"),
    [
        (EXECUTION, None),
        ({**EXECUTION, "statusSummary": None}, None),
        ({**EXECUTION, "color": "red"}, ".pipelineExecutionSummaries[].color is unknown"),
        ({**EXECUTION, "status": "Fine"}, ".pipelineExecutionSummaries[].status is 'Fine', which is none of Cancelled"),
        ({**EXECUTION, "status": 1}, ".pipelineExecutionSummaries[].status is 1, which is no string"),
        ({**EXECUTION, "startTime": True}, ".pipelineExecutionSummaries[].startTime is True, which is no timestamp"),
        ({**EXECUTION, "sourceRevisions": [{}]}, ".pipelineExecutionSummaries[].sourceRevisions[] lacks actionName"),
    ],
)
def test_in_json(execution, fault):
    answer = json.dumps({"pipelineExecutionSummaries": [execution]})
    found = list(faults(operation("codepipeline", "ListPipelineExecutions"), answer.encode()))
    assert len(found) == (fault is not None)
    assert "".join(found).startswith(fault or "")


@pytest.mark.parametrize(
    ("balancer", "fault"),
    [
        (STATE, None),
        ("<Color>red</Color>", ".LoadBalancers[].Color is unknown"),
        ("<Type>bicycle</Type>", ".LoadBalancers[].Type is 'bicycle', which is none of application"),
        ("<SecurityGroups><item>a</item></SecurityGroups>", ".LoadBalancers[].SecurityGroups has <item> where"),
    ],
)
def test_in_xml(balancer, fault):
    told = (
        '<DescribeLoadBalancersResponse xmlns="urn:x"><DescribeLoadBalancersResult><LoadBalancers><member>'
        f"{balancer}</member></LoadBalancers></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>"
    )
    found = list(faults(operation("elbv2", "DescribeLoadBalancers"), told.encode()))
    assert len(found) == (fault is not None)
    assert "".join(found).startswith(fault or "")


def test_a_number_and_a_truth_in_xml():
    told = (
        "<R><DescribeRulesResult><Rules><member><IsDefault>yes</IsDefault></member></Rules></DescribeRulesResult></R>"
    )
    found = list(faults(operation("elbv2", "DescribeRules"), told.encode()))
    assert found == [".Rules[].IsDefault is 'yes', which is no boolean"]
