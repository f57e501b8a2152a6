import hashlib
import json

import cfn_flip
import pytest

from pipeline.cli import main
from pipeline.settings import read
from templates.synthesis import synthesize

RELEASE = 'app = "greeter"\n[source]\nprovider = "codecommit"\nrepository = "greeter"\n'
NAMES = {"main", "network", "pipeline", "cluster", "load_balancer", "service"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release.toml").write_text(RELEASE)
    return tmp_path


def templates(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_every_template_is_written_as_it_is_deployed(here):
    assert main(["synth", "--out", "out"]) == 0

    written = templates(here / "out")
    assert set(written) == {f"{name}.json" for name in NAMES}
    assert written == {f"{name}.json": body for name, body in synthesize(read("release.toml")).templates.items()}


def test_the_script_reads_hashes_and_sizes(here, capsys):
    main(["synth", "--out", "out", "--json"])

    told = json.loads(capsys.readouterr().out)
    written = templates(here / "out")
    assert {one["file"]: (one["sha256"], one["bytes"]) for one in told["written"]} == {
        name: (hashlib.sha256(body).hexdigest(), len(body)) for name, body in written.items()
    }
    assert told["app"] == "greeter"
    assert told["package"] == synthesize(read("release.toml")).package


def test_yaml_says_the_same_as_json(here):
    main(["synth", "--out", "json"])
    main(["synth", "--out", "yaml", "--format", "yaml"])

    for name in NAMES:
        yaml = cfn_flip.to_json((here / f"yaml/{name}.yaml").read_text())
        assert json.loads(yaml) == json.loads((here / f"json/{name}.json").read_bytes())


def test_the_nearest_release_toml_above_is_taken(here, monkeypatch):
    (here / "inner/most").mkdir(parents=True)
    monkeypatch.chdir(here / "inner/most")

    assert main(["synth", "--out", "out"]) == 0
    assert (here / "inner/most/out/main.json").exists()


def test_another_file_can_be_named(here):
    (here / "other.toml").write_text(RELEASE.replace('app = "greeter"', 'app = "teller"'))

    main(["synth", "--out", "out", "--config", "other.toml"])

    assert b"teller" in (here / "out/main.json").read_bytes()


def test_run_again_it_replaces_its_own(here):
    main(["synth", "--out", "out"])
    (here / "release.toml").write_text(RELEASE.replace('app = "greeter"', 'app = "teller"'))

    assert main(["synth", "--out", "out"]) == 0
    assert b"teller" in (here / "out/main.json").read_bytes()


def test_the_other_format_does_not_stay_beside_it(here):
    main(["synth", "--out", "out"])
    main(["synth", "--out", "out", "--format", "yaml"])

    assert set(templates(here / "out")) == {f"{name}.yaml" for name in NAMES}


def test_a_directory_of_somebody_elses_is_refused(here, capsys):
    (here / "out").mkdir()
    (here / "out/main.json").write_text("mine")
    (here / "out/thesis.tex").write_text("mine too")

    assert main(["synth", "--out", "out"]) == 2
    assert "holds files that synth did not write (main.json, thesis.tex)" in capsys.readouterr().err
    assert (here / "out/main.json").read_text() == "mine"


def test_a_stranger_among_its_own_is_refused(here, capsys):
    main(["synth", "--out", "out"])
    before = templates(here / "out")
    (here / "out/notes.md").write_text("mine")
    (here / "release.toml").write_text(RELEASE.replace('app = "greeter"', 'app = "teller"'))

    assert main(["synth", "--out", "out"]) == 2
    assert "(notes.md)" in capsys.readouterr().err
    assert templates(here / "out") == {**before, "notes.md": b"mine"}


@pytest.mark.parametrize("cut", [1, 2, 5, 7, 8])
def test_cut_off_anywhere_the_next_run_goes_on(here, monkeypatch, cut):
    replaced = []
    replace = type(here).replace

    def pull_the_plug(path, target):
        replaced.append(target)
        if len(replaced) == cut:
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as plug:
        plug.setattr(type(here), "replace", pull_the_plug)
        assert main(["synth", "--out", "out"]) == 130

    for name, body in templates(here / "out").items():
        assert name.endswith(".partial") or json.loads(body), "no file is ever half a template"
    assert main(["synth", "--out", "out"]) == 0
    assert set(templates(here / "out")) == {f"{name}.json" for name in NAMES}


def test_a_file_in_the_place_of_the_directory_is_refused(here, capsys):
    assert main(["synth", "--out", "release.toml"]) == 2
    assert "release.toml is a file" in capsys.readouterr().err


def test_a_mistake_in_the_settings_is_told_with_its_line(here, capsys):
    (here / "release.toml").write_text(RELEASE + 'brnach = "main"\n')

    assert main(["synth", "--out", "out"]) == 2
    err = capsys.readouterr().err
    assert "release.toml:5:" in err
    assert "branch" in err
    assert not (here / "out").exists()
