"""An image that holds the Python that runs here, for machines that can pull none.

`python -m tests.support.python_image` makes it, unless it is there, and prints its name.
"""

import io
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import docker
from docker.errors import ImageNotFound

# Parts of the standard library that no server imports, and which are most of its size.
LEFT_OUT = re.compile(
    r"test|idlelib|tkinter|turtledemo|lib2to3|ensurepip|distutils|pydoc_data|site-packages|__pycache__|config-.*"
    r"|(_test|_xxtest|_tkinter|_curses|_sqlite3|_ssl|_decimal|nis|readline).*\.so"
)


def made_in(engine: docker.DockerClient) -> str:
    """Return the image's name; it is made once for each engine."""
    name = f"flipside-tests/python:{sys.version.split()[0]}"
    try:
        engine.images.get(name)
    except ImageNotFound:
        repository, tag = name.split(":")
        engine.api.import_image_from_data(
            _python_files(), repository, tag, changes=["ENV PATH=/usr/local/bin:/usr/bin:/bin"]
        )
    return name


def _python_files() -> bytes:
    files = io.BytesIO()
    stdlib = Path(sysconfig.get_path("stdlib"))
    with tarfile.open(fileobj=files, mode="w", dereference=True) as tar:
        tar.add(os.path.realpath(sys.executable), "usr/local/bin/python3")
        tar.add(stdlib, f"usr/local/{sys.platlibdir}/{stdlib.name}", filter=_needed)
        extensions = [file for file in stdlib.glob("lib-dynload/*.so") if not LEFT_OUT.fullmatch(file.name)]
        for library in shared_libraries([Path(sys.executable), *extensions]):
            tar.add(library, library.lstrip("/"))
    return files.getvalue()


def _needed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if any(LEFT_OUT.fullmatch(part) for part in Path(entry.name).parts) else entry


def shared_libraries(programs: list[Path]) -> set[str]:
    """Return what programs are linked with."""
    # A program that needs none is an error to ldd.
    listing = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"(?:=>\s*|^\s*)(/\S+) \(0x", listing, flags=re.MULTILINE))


if __name__ == "__main__":
    sys.stdout.write(f"{made_in(docker.from_env())}\n")
