"""A web application to run as a task, and what tests need besides."""

import base64
import gc
import io
import shutil
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path

BUSYBOX = shutil.which("busybox")
# Serves a page that names the release; how it fails is told by variables.
SCRIPT = """
echo "starting $RELEASE"
[ -n "$CRASH" ] && exit $CRASH
mkdir -p /tmp/$$/www && cd /tmp/$$/www
echo "$RELEASE" > index.html
[ -z "$SICK" ] && echo ok > health
echo '#!/bin/sh' > stop
trap 'echo ending $RELEASE; kill $pid; exit 0' TERM
httpd -f -p "${HOST:-0.0.0.0}:8080" & pid=$!
wait $pid
"""


def archive(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if isinstance(content, str) and content.startswith("->"):
                entry.type, entry.linkname = tarfile.SYMTYPE, content[2:]
                tar.addfile(entry)
                continue
            data = content.read_bytes() if isinstance(content, Path) else content.encode()
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    packed.seek(0)
    return packed


def until(condition, seconds=60, told=lambda: "it never came to that"):
    """Wait until it is so; there is no other way to wait for an API that can only be asked."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, told()
        time.sleep(0.02)
    return found


def given(settings):
    return {name: value for name, value in settings.items() if value is not None}


def fetch(url, headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=30) as answer:
            return answer.status, answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        return error.code, ""


def forgive():
    """Close here, where it is forgiven, what the docker SDK forgot to close."""
    gc.collect()


def shell():
    """Return the files of an image with a shell and the script above."""
    programs = (
        "sh",
        "mkdir",
        "httpd",
        "sleep",
        "echo",
        "cat",
        "kill",
        "test",
        "touch",
        "env",
        "id",
        "wget",
        "cp",
        "pwd",
    )
    dockerfile = 'FROM scratch\nCOPY . /\nVOLUME /tmp\nCMD ["/bin/sh", "/app.sh"]\n'
    links = {f"bin/{name}": "->busybox" for name in programs}
    return {"Dockerfile": dockerfile, "bin/busybox": Path(BUSYBOX), **links, "app.sh": SCRIPT}


def push(place, name, files, **arguments):
    """Build an image and push it, as somebody who is logged in."""
    local = f"{place.cloud.registry}/{name}"
    place.engine.images.build(fileobj=archive(files), custom_context=True, tag=local, rm=True, buildargs=arguments)
    (data,) = place.client("ecr").get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    credentials = {"username": user, "password": password}
    told = place.engine.images.push(local, stream=True, decode=True, auth_config=credentials)
    assert not [each for each in told if "error" in each]
