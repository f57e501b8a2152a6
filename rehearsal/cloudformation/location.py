"""Where a TemplateURL points to."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from rehearsal.cloudformation.errors import ValidationError

PATH_STYLE = re.compile(r"s3([.-][a-z0-9-]+)?(\.dualstack\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
HOST_STYLE = re.compile(r"(?P<bucket>.+)\.s3([.-][a-z0-9-]+)?(\.dualstack\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
LOCAL_HOST_STYLE = re.compile(r"(?P<bucket>.+?)(\.s3)?\.localhost")


def located(url: str, endpoint: str) -> dict[str, str]:
    """Return bucket, key and version of a URL: virtual-host style, path style, or of this very server."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    path = unquote(parts.path.lstrip("/"))
    if hosted := HOST_STYLE.fullmatch(host) or LOCAL_HOST_STYLE.fullmatch(host):
        bucket, key = hosted["bucket"], path
    elif PATH_STYLE.fullmatch(host) or host in {"localhost", "127.0.0.1", urlsplit(endpoint).hostname}:
        bucket, _, key = path.partition("/")
    else:
        raise ValidationError("TemplateURL must be a supported URL.")
    if not bucket or not key:
        raise ValidationError("TemplateURL must reference a valid S3 object to which you have access.")
    version = parse_qs(parts.query).get("versionId")
    return {"Bucket": bucket, "Key": key, **({"VersionId": version[0]} if version else {})}
