import json

import pytest

from pipeline.cli import main
from pipeline.settings import read

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b-1234"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_answers_make_a_valid_file(here):
    code = main(["init", "--app", "greeter", "--repository", "acme/greeter", "--connection-arn", CONNECTION])

    settings = read("release.toml")
    assert code == 0
    assert (settings.app, settings.source.provider, settings.source.branch) == ("greeter", "github", "main")
    assert settings.source.connection_arn == CONNECTION


def test_all_that_is_missing_is_named_at_once(here, capsys):
    assert main(["init"]) == 2
    assert "--app, --repository, --connection-arn must be given" in capsys.readouterr().err
    assert main(["init", "--provider", "codecommit", "--app", "greeter"]) == 2
    assert capsys.readouterr().err.startswith("flipside: --repository must be given")
    assert not (here / "release.toml").exists()


def test_a_file_that_is_there_is_kept(here, capsys):
    (here / "release.toml").write_text("mine")

    assert main(["init", "--app", "greeter", "--provider", "codecommit", "--repository", "greeter"]) == 2
    assert "release.toml is there already and was left as it is; --force replaces it" in capsys.readouterr().err
    assert (here / "release.toml").read_text() == "mine"


def test_by_force_it_is_replaced(here):
    (here / "release.toml").write_text("mine")

    assert main(["init", "--app", "greeter", "--provider", "codecommit", "--repository", "greeter", "--force"]) == 0
    assert read("release.toml").app == "greeter"


def test_what_is_not_valid_is_not_written(here, capsys):
    assert main(["init", "--app", "Greeter", "--provider", "codecommit", "--repository", "greeter"]) == 2
    assert '"Greeter" is not valid; give a name of' in capsys.readouterr().err
    assert not (here / "release.toml").exists()


@pytest.mark.parametrize(
    ("out", "words"), [("nowhere/release.toml", "make that directory first"), (".", "is a directory")]
)
def test_a_path_that_cannot_be_written_is_refused(here, capsys, out, words):
    assert main(["init", "--out", out]) == 2
    assert words in capsys.readouterr().err


def test_the_script_is_told_the_path(here, capsys):
    main(
        [
            "init",
            "--app",
            "greeter",
            "--provider",
            "s3",
            "--repository",
            "bucket/greeter.zip",
            "--out",
            "x.toml",
            "--json",
        ]
    )

    said = capsys.readouterr()
    assert json.loads(said.out) == {"written": "x.toml"}
    assert "x.toml is written" in said.err


def test_on_a_terminal_it_asks_until_the_answer_is_valid(program):
    code, screen = program.typed(
        "init",
        answers=[
            ("Name of the application", "Greeter"),
            ("is not valid; give a name of", "greeter"),
            ("Where does the repository live?", "gitlub"),
            ("'gitlub' is not one of github, gitlab", "gitlab"),
            ("Source repository (group/name", "greeter"),
            ("is not valid; give group/name".replace("group/name", "`group/name`"), "acme/web/greeter"),
            ("Branch [main]:", ""),
            ("ARN of the connection", CONNECTION),
        ],
    )

    settings = read(program.folder / "release.toml")
    assert code == 0, screen
    assert (settings.app, settings.source.provider, settings.source.repository, settings.source.branch) == (
        "greeter",
        "gitlab",
        "acme/web/greeter",
        "main",
    )


def test_ctrl_c_at_a_question_writes_nothing(program):
    code, screen = program.typed("init", answers=[("Name of the application", b"\x03")])

    assert code == 130
    assert "interrupted; nothing was changed" in screen
    assert not (program.folder / "release.toml").exists()


def test_the_end_of_the_input_is_no_answer(program):
    code, screen = program.typed("init", answers=[("Name of the application", b"\x04")])

    assert code == 2
    assert "The input ended before the question was answered" in screen
