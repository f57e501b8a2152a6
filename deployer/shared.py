"""The template of what both sides share: the newest that was published, whichever release is deployed.

A rollback runs with the package of its own release. If the cluster's template came from there, it would take back the
ports and the certificate of the load balancer that production uses, before anybody approved it. What belongs to a
release alone is in its sides' template, to which the sides are pinned.
"""

import io
import zipfile
from pathlib import Path

import boto3

from deployer.errors import ConfigurationError
from traffic.errors import FlipsideError

TEMPLATE = Path("cluster.json")


def newest_template(published: str) -> bytes:
    """Return the cluster's template of the package that was published last, under `bucket/key`."""
    bucket, _, key = published.partition("/")
    if not bucket or not key:
        raise ConfigurationError(f"NEWEST_PACKAGE is {published!r}; it names the published package as bucket/key.")
    package = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as content:
            return content.read(str(TEMPLATE))
    except (zipfile.BadZipFile, KeyError) as why:
        raise FlipsideError(f"{published} is no package with a {TEMPLATE} in it: {why}.") from why
