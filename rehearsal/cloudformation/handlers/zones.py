"""Zones of names, and the records in them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import REPLACE, Described, Made, Replacement, ResourceError
from rehearsal.cloudformation.handlers.terms import names, send, step
from rehearsal.cloudformation.shaping import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call

RECORD = "AliasTarget Failover GeoLocation HealthCheckId MultiValueAnswer Name Region SetIdentifier TTL Type Weight"


class RecordSet:
    """AWS::Route53::RecordSet: one record set of a zone."""

    type = "AWS::Route53::RecordSet"
    properties = names(f"{RECORD} Comment HostedZoneId HostedZoneName ResourceRecords")
    replacing = names("HostedZoneId HostedZoneName Name SetIdentifier Type")
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Add it; a record set that is there already is not ours to take over."""
        self._change(call, "CREATE", properties)
        return Made(properties["Name"])

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Put the new one in the place of the old one."""
        if any(not same(old.get(name), new.get(name)) for name in self.replacing):
            return REPLACE
        self._change(call, "UPSERT", new)
        return Made(physical_id, attributes)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:  # noqa: ARG002  # its properties name it
        """Take it away as it was written."""
        client = call.client("route53")
        try:
            self._change(call, "DELETE", properties)
        except client.exceptions.NoSuchHostedZone:
            return
        except client.exceptions.InvalidChangeBatch as error:
            if "not found" not in str(error):
                raise

    def _change(self, call: Call, action: str, properties: Mapping[str, Any]) -> None:
        wanted = {name: value for name, value in properties.items() if name in names(RECORD)}
        if "ResourceRecords" in properties:
            wanted["ResourceRecords"] = [{"Value": value} for value in properties["ResourceRecords"]]
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": wanted}]}
        asked = {"HostedZoneId": self._zone(call, properties), "ChangeBatch": batch}
        send(call, "route53", "ChangeResourceRecordSets", asked)

    @staticmethod
    def _zone(call: Call, properties: Mapping[str, Any]) -> str:
        if zone := properties.get("HostedZoneId"):
            return str(zone)
        name = properties["HostedZoneName"]
        pages = call.client("route53").get_paginator("list_hosted_zones").paginate()
        found = [one["Id"] for page in pages for one in page["HostedZones"] if one["Name"] == name]
        if len(found) != 1:
            raise ResourceError(f"{len(found)} hosted zones have the name {name}: give a HostedZoneId")
        return str(found[0])


def _zone(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "CallerReference": uuid.uuid4().hex}


@dataclass(frozen=True, kw_only=True)
class Zones(Described):
    """Zones, whose Ref is the bare id without the path that Route 53 puts before it."""

    def _started(self, call: Call, given: dict[str, Any], document: Document) -> dict[str, Any]:
        response = super()._started(call, given, document)
        bare = response["HostedZone"]["Id"].rpartition("/")[2]
        return {**response, "HostedZone": {**response["HostedZone"], "Id": bare}}


ZONE = Zones(
    type="AWS::Route53::HostedZone",
    service="route53",
    creation=step("CreateHostedZone", "HostedZoneConfig Name", turned=_zone),
    identity="Response.HostedZone.Id",
    updates=(step("UpdateHostedZoneComment", "HostedZoneConfig", where={"Id": "Id"}),),
    attributes={"Id": "Id", "NameServers": "Response.DelegationSet.NameServers"},
    replacing=names("Name"),
    removal=step("DeleteHostedZone", where={"Id": "Id"}),
    gone=names("NoSuchHostedZone"),
)
HANDLERS = (RecordSet(), ZONE)
