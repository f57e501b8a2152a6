"""Bringing a build's sources into its folders."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.codebuild import needs
from rehearsal.codebuild.errors import BuildError
from rehearsal.codebuild.transcript import identity
from rehearsal.sources.repositories import Repositories, RepositoryError

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build
    from rehearsal.codebuild.workspace import Workspace

Source = dict[str, Any]


def fetch_all(cloud: Cloud, build: Build, workspace: Workspace) -> str:
    """Fetch every source and return the version of the primary one."""
    plan = build.plan
    versions = {each["sourceIdentifier"]: each["sourceVersion"] for each in plan["secondarySourceVersions"]}
    resolved = _fetch(cloud, build, plan["source"], plan.get("sourceVersion", ""), workspace.source)
    for source in plan["secondarySources"]:
        name = source["sourceIdentifier"]
        _fetch(cloud, build, source, versions.get(name, ""), workspace.add(name))
    return resolved


def _fetch(cloud: Cloud, build: Build, source: Source, version: str, folder: Path) -> str:
    kind = source["type"]
    if kind == "NO_SOURCE":
        return ""
    if kind in ("CODECOMMIT", "GITHUB"):
        return _check_out(cloud, source["location"], version, folder)
    # A pipeline names the commit, which is no version of the object that it put the source into.
    return _download(cloud, build, source["location"], version if kind == "S3" else "", folder) or version


def _check_out(cloud: Cloud, location: str, version: str, folder: Path) -> str:
    name = location.removesuffix(".git").split("://")[-1].partition("/")[2].removeprefix("v1/repos/")
    try:
        return Repositories(cloud.state).check_out(name, version, folder)
    except RepositoryError as error:
        raise BuildError("GIT_CLONE_FAILED", f"{location}: {error}") from None


def _download(cloud: Cloud, build: Build, location: str, version: str, folder: Path) -> str:
    bucket, _, key = location.removeprefix("arn:aws:s3:::").partition("/")
    s3 = cloud.client("s3", build.region, **identity(build))
    try:
        needs.require(cloud, build, bucket, key)
        if key.endswith("/"):
            _download_folder(s3, bucket, key, folder)
            return ""
        found = s3.get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    except ClientError as error:
        raise BuildError("CLIENT_ERROR", f"{error} for primary source and source version {location}") from None
    _unpack(found["Body"].read(), folder, Path(key).name)
    return str(found.get("VersionId", ""))


def _download_folder(s3: Any, bucket: str, prefix: str, folder: Path) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for listed in page.get("Contents", []):
            path = folder / listed["Key"].removeprefix(prefix)
            if not listed["Key"].endswith("/") and path.resolve().is_relative_to(folder.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                found = s3.get_object(Bucket=bucket, Key=listed["Key"])
                path.write_bytes(found["Body"].read())


def _unpack(content: bytes, folder: Path, name: str) -> None:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        (folder / name).write_bytes(content)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, folder)
            mode = stat.S_IMODE(entry.external_attr >> 16)
            if mode and not entry.is_dir():
                os.chmod(path, mode | stat.S_IRUSR)  # noqa: PTH101 - the archive's own paths are texts
