import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from pipeline.publish.archive import folder, zipped


def grow(base, order, umask):
    """The same folder, written in another order, at another time, under another umask."""
    files = {"code/a.py": b"a = 1\n", "code/inner/b.py": b"", "code/inner/lock.lock": b"x==1\n", "code/c.yml": b"c\n"}
    before = os.umask(umask)
    try:
        for name in sorted(files, reverse=order == "backwards"):
            path = base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
            os.utime(path, (10**9, 10**9) if order == "backwards" else (5, 5))
    finally:
        os.umask(before)
    return base / "code"


def test_the_same_files_give_the_same_bytes(tmp_path, monkeypatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = zipped(folder(grow(tmp_path / "one", "forwards", 0o022)))
    monkeypatch.chdir(tmp_path / "two")
    second = zipped(folder(grow(Path(), "backwards", 0o077)))

    assert first == second


def test_another_byte_gives_another_zip(tmp_path):
    code = grow(tmp_path, "forwards", 0o022)
    before = zipped(folder(code))
    (code / "a.py").write_bytes(b"a = 2\n")

    assert zipped(folder(code)) != before


def test_what_does_not_belong_stays_out(tmp_path):
    code = grow(tmp_path, "forwards", 0o022)
    strays = [
        "__pycache__/a.cpython-311.pyc",
        "__pycache__/left.py",
        ".env",
        ".a.py.swp",
        ".cache/x.json",
        "a.py~",
        "a.pyc",
    ]
    for stray in strays:
        (code / stray).parent.mkdir(exist_ok=True)
        (code / stray).write_bytes(b"secret")

    assert sorted(folder(code)) == ["code/a.py", "code/c.yml", "code/inner/b.py", "code/inner/lock.lock"]


def test_everybody_can_read_what_was_zipped(tmp_path):
    with zipfile.ZipFile(io.BytesIO(zipped(folder(grow(tmp_path, "forwards", 0o077))))) as archive:
        modes = {entry.filename: oct(entry.external_attr >> 16) for entry in archive.infolist()}

    assert set(modes.values()) == {"0o100644"}


def test_a_zip_can_be_imported_from(tmp_path):
    (tmp_path / "code.zip").write_bytes(zipped({"sound/__init__.py": b"WORD = 'yes'\n"}))
    script = "import sound; print(sound.WORD)"

    said = subprocess.check_output([sys.executable, "-c", script], env={"PYTHONPATH": "code.zip"}, cwd=tmp_path)

    assert said == b"yes\n"
