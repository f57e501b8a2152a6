"""What moto's S3 leaves out, and what a template bucket is checked for."""

import json

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

TOLD = "</NotificationConfiguration>"
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
EVENTS = "<EventBridgeConfiguration/>"


@pytest.fixture
def faithful_s3(monkeypatch):
    """Let moto tell that a bucket sends events to EventBridge, and heed the conditions of a bucket's policy."""
    untold = S3Response.get_bucket_notification

    def get_bucket_notification(self):
        status, headers, body = untold(self)
        kept = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if kept is None or kept.event_bridge is None:
            return status, headers, body
        opened = body.rstrip()
        if opened.endswith("/>"):
            return status, headers, f"{opened[:-2]}>{EVENTS}{TOLD}"
        return status, headers, opened.replace(TOLD, EVENTS + TOLD)

    def get_permission(self, action, resource):
        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        # moto takes a condition that is not met for a denial. Every call counts as one over TLS here.
        policy["Statement"] = [one for one in policy["Statement"] if one.get("Condition") != WITHOUT_TLS]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    monkeypatch.setattr(S3Response, "get_bucket_notification", get_bucket_notification)
    monkeypatch.setattr(FakeBucket, "get_permission", get_permission)
