"""The commands in `bin/`, run as a person runs them, on checkouts whose packages come from a folder."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.made_up_checkout import Checkout, Outcome, ended

PRETENDS = """#!{python}
import importlib.util, sys
{pretence}
exec(sys.argv[-1])
"""


def pretend_python(checkout: Checkout, pretence: str) -> None:
    """Put a Python on the PATH that pretends to be another one while it is asked what it is."""
    command = checkout.path / "python3"
    command.unlink()
    command.write_text(PRETENDS.format(python=Path(sys.executable).resolve(), pretence=pretence))
    command.chmod(0o755)


@pytest.fixture
def silence() -> Iterator[socket.socket]:
    """Yield a package index that takes connections and never answers: whoever asks it is half way, for good."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


def start_half_way(checkout: Checkout, silence: socket.socket) -> tuple[subprocess.Popen[str], socket.socket]:
    """Start a making and return it while it waits for its packages."""
    index = f"http://127.0.0.1:{silence.getsockname()[1]}/"
    process = checkout.start("deploy", PIP_FIND_LINKS=index, PIP_RETRIES="0")
    return process, silence.accept()[0]


def test_the_first_use_makes_the_environment_and_runs_the_verb_in_it(checkout: Checkout) -> None:
    outcome = checkout.run("deploy", "--config", "my release.toml")
    assert outcome.code == 0, outcome.err
    assert outcome.saw["arguments"] == ["deploy", "--config", "my release.toml"]
    assert outcome.saw["prefix"] == str(checkout.root / ".venv")
    assert outcome.saw["greeting"] == "1.0"
    assert outcome.makings == 1
    assert "ready after" in outcome.err


def test_the_second_use_installs_nothing(used_checkout: Checkout) -> None:
    stamp = (used_checkout.root / ".venv" / "made-from").stat().st_mtime_ns
    outcome = used_checkout.run("flipside", "synth", "--out", "x")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.saw["arguments"] == ["synth", "--out", "x"]
    assert (used_checkout.root / ".venv" / "made-from").stat().st_mtime_ns == stamp


def test_a_changed_lock_makes_it_again(checkout: Checkout) -> None:
    checkout.run("deploy")
    leftover = checkout.root / ".venv" / "leftover"
    leftover.touch()
    checkout.lock("2.0")
    outcome = checkout.run("deploy")
    assert outcome.saw["greeting"] == "2.0"
    assert not leftover.exists()
    assert "has changed" in outcome.err
    assert checkout.run("deploy").makings == 0


def test_a_moved_checkout_makes_it_again(checkout: Checkout) -> None:
    checkout.run("deploy")
    moved = Checkout(checkout.root.rename(checkout.root.with_name("moved")), checkout.wheels, checkout.path)
    outcome = moved.run("deploy")
    assert outcome.makings == 1
    assert outcome.saw["prefix"] == str(moved.root / ".venv")


def test_an_environment_whose_python_is_gone_is_made_again(checkout: Checkout) -> None:
    checkout.run("deploy")
    gone = checkout.root / "removed-by-an-upgrade"
    stamp = checkout.root / ".venv" / "made-from"
    stamp.write_text(stamp.read_text().replace(str(Path(sys.executable).resolve()), str(gone)))
    for link in (checkout.root / ".venv" / "bin").glob("python*"):
        link.unlink()
        link.symlink_to(gone)
    outcome = checkout.run("deploy")
    assert (outcome.code, outcome.makings) == (0, 1)


def test_four_at_once_make_one_environment(checkout: Checkout) -> None:
    outcomes = [ended(process) for process in [checkout.start("deploy", str(number)) for number in range(4)]]
    assert [outcome.code for outcome in outcomes] == [0, 0, 0, 0]
    assert sum(outcome.makings for outcome in outcomes) == 1
    assert [outcome.saw["arguments"][1] for outcome in outcomes] == ["0", "1", "2", "3"]
    assert {outcome.saw["greeting"] for outcome in outcomes} == {"1.0"}


def test_an_interrupted_making_never_counts(checkout: Checkout, silence: socket.socket) -> None:
    process, connection = start_half_way(checkout, silence)
    os.killpg(process.pid, signal.SIGKILL)
    assert ended(process).code == -signal.SIGKILL
    connection.close()
    assert (checkout.root / ".venv" / "bin" / "python").exists()
    assert not (checkout.root / ".venv" / "made-from").exists()
    outcome = checkout.run("deploy")
    assert (outcome.code, outcome.saw["greeting"]) == (0, "1.0")


def test_what_a_killed_making_left_running_is_waited_for(checkout: Checkout, silence: socket.socket) -> None:
    killed, connection = start_half_way(checkout, silence)
    children = Path(f"/proc/{killed.pid}/task/{killed.pid}/children")
    os.kill(int(children.read_text()), signal.SIGKILL)
    second = checkout.start("deploy")
    assert second.stderr is not None
    assert second.stderr.readline() == "flipside: .venv: another command is making it; waiting\n"
    connection.close()
    outcome = ended(second)
    assert (outcome.code, outcome.saw["greeting"]) == (0, "1.0")
    assert ended(killed).code != 0


def test_a_package_with_other_bytes_than_the_lock_says_is_refused(checkout: Checkout) -> None:
    lock = checkout.root / "requirements.lock"
    lock.write_text(lock.read_text().strip()[:-8] + "00000000\n")
    outcome = checkout.run("deploy")
    assert (outcome.code, outcome.out) == (1, "")
    assert "DO NOT MATCH THE HASHES" in outcome.err
    assert outcome.err.endswith("flipside: .venv could not be made from requirements.lock; the reason is above\n")
    assert not (checkout.root / ".venv" / "made-from").exists()


def test_any_folder_any_link_and_the_callers_own_folder_is_kept(used_checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").touch()
    (tmp_path / "pipeline" / "__main__.py").write_text("raise SystemExit('a stranger was run')")
    link = tmp_path / "links" / "deploy"
    link.parent.mkdir()
    link.symlink_to(used_checkout.root / "bin" / "deploy")
    through = tmp_path / "relative"
    through.symlink_to(Path("links") / "deploy")
    for command in (used_checkout.root / "bin" / "deploy", link, through):
        outcome = used_checkout.run(command, "--config", "here.toml", cwd=tmp_path, PYTHONPATH=str(tmp_path))
        assert outcome.code == 0, outcome.err
        assert outcome.saw["folder"] == str(tmp_path)
        assert outcome.saw["file"] == str(used_checkout.root / "pipeline" / "__main__.py")


@pytest.mark.parametrize("code", [0, 1, 2, 7])
def test_the_verbs_exit_code_is_the_commands(used_checkout: Checkout, code: int) -> None:
    assert used_checkout.run("deploy", EXIT=str(code)).code == code


def test_development_grows_out_of_runtime_and_serves_both(checkout: Checkout) -> None:
    checkout.run("deploy")
    in_use = checkout.root / ".venv" / "in-use"
    in_use.touch()
    outcome = checkout.run("test", "-k", "a word", cwd=checkout.path)
    assert outcome.code == 0, outcome.err
    assert outcome.saw["folder"] == str(checkout.root)
    assert outcome.saw["arguments"][-2:] == ["-k", "a word"]
    assert (checkout.root / ".venv-policy" / "made-from").exists()
    assert in_use.exists()
    assert checkout.run("deploy").err == ""
    checkout.lock("2.0")
    assert checkout.run("deploy").makings == 1
    assert checkout.run("test").makings == 1, "only the policy environment is left to make"


def refusal(outcome: Outcome) -> str:
    """Return the one sentence of a refusal."""
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    return outcome.err


def test_no_python_at_all(checkout: Checkout) -> None:
    (checkout.path / "python3").unlink()
    assert "needs Python 3.11 or newer with its venv module, and finds none." in refusal(checkout.run("deploy"))


def test_a_python_that_is_too_old(checkout: Checkout) -> None:
    pretend_python(checkout, "sys.version_info = (3, 9, 2)")
    assert "finds none; python3 is Python 3.9." in refusal(checkout.run("deploy"))


def test_a_python_without_ensurepip(checkout: Checkout) -> None:
    pretend_python(checkout, "importlib.util.find_spec = lambda name: None if name == 'ensurepip' else name")
    sentence = "python3 lacks the module ensurepip, in Debian part of python{}.{}-venv.".format(*sys.version_info)
    assert sentence in refusal(checkout.run("deploy"))


def test_a_newer_python_beside_one_that_is_too_old(checkout: Checkout) -> None:
    pretend_python(checkout, "sys.version_info = (3, 9, 2)")
    (checkout.path / "python3.12").symlink_to(Path(sys.executable).resolve())
    assert checkout.run("deploy").code == 0


def test_the_python_that_the_caller_names(used_checkout: Checkout) -> None:
    python = str(Path(sys.executable).resolve())
    assert used_checkout.run("deploy", PYTHON=python).makings == 0
    sentence = "PYTHON is '/nowhere/python', which does not run."
    assert sentence in refusal(used_checkout.run("deploy", PYTHON="/nowhere/python"))


def test_an_unknown_environment(used_checkout: Checkout) -> None:
    assert "no environment is called 'prod'" in refusal(used_checkout.run("environment", "prod", "-c", "pass"))
