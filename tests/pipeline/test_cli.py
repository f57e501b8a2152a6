import os
import subprocess
import sys
import tomllib

import pytest

from pipeline.cli import main
from pipeline.verbs import VERBS
from tests.support.program import ROOT

RELEASE = 'app = "greeter"\n[source]\nprovider = "codecommit"\nrepository = "greeter"\n'


def told(capsys, *arguments):
    """Run in this process, which is quicker; return exit code, stdout and stderr."""
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_without_a_verb_the_verbs_are_named(capsys):
    code, out, _ = told(capsys)

    assert code == 2
    assert all(verb in out for verb in VERBS)
    assert told(capsys, "--help")[0] == 0


def test_the_version_is_told(capsys):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert told(capsys, "--version")[:2] == (0, f"flipside {project['version']}\n")


@pytest.mark.parametrize(("typed", "meant"), [("synht", "synth"), ("deplpy", "deploy"), ("int", "init")])
def test_a_verb_that_is_not_one_is_answered_with_the_nearest(capsys, typed, meant):
    code, _, err = told(capsys, typed)

    assert code == 2
    assert f"no verb {typed!r}. Did you mean `{meant}`?" in err


def test_a_verb_like_none_is_answered_with_all(capsys):
    code, _, err = told(capsys, "frobnicate")

    assert code == 2
    assert "Did you mean" not in err
    assert "The verbs are init, synth, deploy" in err


def test_a_flag_before_the_verb_is_explained(capsys):
    code, _, err = told(capsys, "--region", "eu-west-1", "deploy")

    assert (code, "--region comes after the verb" in err) == (2, True)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(capsys, verb):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])

    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"example:\n  flipside {verb}" in out
    assert "--debug" in out


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_flag_is_the_users_mistake(capsys, verb):
    code, _, err = told(capsys, verb, "--out", "x", "--frobnicate")

    assert code == 2
    assert "--frobnicate" in err
    assert f"See `flipside {verb} --help`" in err


def test_no_verb_waits_for_what_it_does_not_need():
    script = (
        "import sys; from pipeline.cli import main; main(['synth', '--out', '/dev/null/x', '--config', 'none.toml']);"
        "print([name for name in ('boto3', 'botocore', 'rich', 'moto') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_a_fault_of_our_own_is_a_sentence_and_with_debug_a_traceback(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release.toml").write_text(RELEASE)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed/inner").symlink_to("inner")

    code, _, err = told(capsys, "synth", "--out", "closed/inner")
    assert (code, err.count("\n")) == (1, 1)
    assert "closed/inner" in err

    assert "Traceback" in told(capsys, "synth", "--out", "closed/inner", "--debug")[2]


def test_a_reader_that_has_read_enough_is_no_error(program):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "pipeline", "--help"],
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ended.stderr == b""
    assert ended.returncode == 0


def test_as_a_program_it_ends_with_the_same_code(program):
    ended = program.run("synth", "--out", "out")

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("flipside: There is no release.toml in ")
    assert "`flipside init` writes one" in ended.stderr
