"""What a build leaves behind: files collected, zipped if asked for, and stored."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.codebuild.errors import BuildError
from rehearsal.codebuild.transcript import identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build
    from rehearsal.codebuild.buildspec import Buildspec, Output

# Zips of the same files are the same, whenever they were built.
EPOCH = (1980, 1, 1, 0, 0, 0)


def store_all(cloud: Cloud, build: Build, spec: Buildspec, source: Path) -> None:
    """Store the artifacts and note in the build where they are."""
    plan = build.plan
    if plan["artifacts"]["type"] != "NO_ARTIFACTS":
        if spec.artifacts is None:
            raise BuildError("CLIENT_ERROR", "no artifacts are named in the buildspec")
        build.set(artifacts=_store(cloud, build, plan["artifacts"], spec.artifacts, source))
    stored = []
    for each in plan["secondaryArtifacts"]:
        name = each.get("artifactIdentifier", "")
        if name not in spec.secondary:
            raise BuildError("CLIENT_ERROR", f"no secondary artifacts named {name} are in the buildspec")
        stored.append({"artifactIdentifier": name, **_store(cloud, build, each, spec.secondary[name], source)})
    build.set(secondaryArtifacts=stored)


def _store(cloud: Cloud, build: Build, settings: dict[str, Any], output: Output, source: Path) -> dict[str, Any]:
    files = dict(_collected(source, output))
    if not files:
        raise BuildError("CLIENT_ERROR", f"no matching artifact paths found: {', '.join(output.files)}")
    bucket, key = _place(build, settings, output)
    as_zip = settings["type"] == "CODEPIPELINE" or settings.get("packaging") == "ZIP"
    try:
        if not as_zip:
            for name, path in files.items():
                _put(cloud, build, settings, bucket, f"{key}/{name}", path.read_bytes())
            return {"location": f"arn:aws:s3:::{bucket}/{key}"}
        content = _zipped(files)
        _put(cloud, build, settings, bucket, key, content)
    except ClientError as error:
        raise BuildError("CLIENT_ERROR", f"Error while uploading artifacts to {bucket}/{key}: {error}") from None
    return {
        "location": f"arn:aws:s3:::{bucket}/{key}",
        "sha256sum": hashlib.sha256(content).hexdigest(),
        "md5sum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }


def _place(build: Build, settings: dict[str, Any], output: Output) -> tuple[str, str]:
    bucket, _, prefix = settings["location"].removeprefix("arn:aws:s3:::").partition("/")
    if settings["type"] == "CODEPIPELINE" and prefix:
        return bucket, prefix
    renamed = settings.get("overrideArtifactName") and output.name
    name = output.name if renamed else settings.get("name") or build.project
    space = build.uuid if settings.get("namespaceType") == "BUILD_ID" else ""
    parts = [prefix, settings.get("path", ""), space, "" if name == "/" else name]
    return bucket, "/".join(part.strip("/") for part in parts if part.strip("/"))


def _put(cloud: Cloud, build: Build, settings: dict[str, Any], bucket: str, key: str, content: bytes) -> None:
    extra = {}
    encryption_key = build.plan["encryptionKey"]
    # The key that S3 has for everybody is none of the account's.
    own = encryption_key and not encryption_key.endswith("alias/aws/s3")
    if own and not settings.get("encryptionDisabled"):
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption_key}
    s3 = cloud.client("s3", build.region, **identity(build))
    s3.put_object(Bucket=bucket, Key=key, Body=content, **extra)


def _zipped(files: dict[str, Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = path.stat().st_mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def _collected(source: Path, output: Output) -> Iterator[tuple[str, Path]]:
    """Find the files, by the names that they have in the artifact."""
    for base in sorted(source.glob(output.base)) if output.base else [source]:
        wanted = [_expression(pattern) for pattern in output.files]
        unwanted = [_expression(pattern) for pattern in output.excluded]
        for path in sorted(base.rglob("*")):
            name = path.relative_to(base).as_posix()
            if (
                path.is_file()
                and any(one.fullmatch(name) for one in wanted)
                and not any(one.fullmatch(name) for one in unwanted)
            ):
                yield (PurePosixPath(name).name if output.flat else name), path
        yield from _absolute(output)


def _absolute(output: Output) -> Iterator[tuple[str, Path]]:
    for pattern in output.files:
        path = Path(pattern)
        if path.is_absolute() and path.is_file():
            yield path.name, path


def _expression(pattern: str) -> re.Pattern[str]:
    """Return the expression of a pattern: `**/` is any folder, `*` anything within one."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meanings.get(part, re.escape(part)) for part in parts), re.DOTALL)
