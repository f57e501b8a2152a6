"""Mistakes: a sentence each, exit code 2, and nothing left behind."""

import socket

import pytest

from tests.support.rehearsals import Shop, rehearsals, shop

__all__ = ["rehearsals", "shop"]

PLAIN = 'app = "shop"\n[source]\nprovider = "codecommit"\nrepository = "shop"\n'


def refused(rehearsals, *options, **variables):
    """Return what is said by a run that is refused."""
    run = rehearsals.run(*options, **variables)

    assert run.returncode == 2, run.stderr
    assert run.stderr.startswith("flipside: ")
    assert "Traceback" not in run.stderr
    assert rehearsals.left() == []
    return run.stderr


def test_a_machine_without_git(rehearsals):
    assert "git is missing" in refused(rehearsals, PATH="/nowhere")


def test_a_folder_that_is_not_there(rehearsals, tmp_path):
    assert "there is no such folder" in refused(rehearsals, "--app", tmp_path / "nowhere")


def test_a_folder_that_is_no_repository(rehearsals, tmp_path):
    assert "this is no git repository" in refused(rehearsals, "--app", tmp_path)


def test_a_repository_without_a_commit(rehearsals, shop):
    assert "nothing is committed there yet" in refused(rehearsals, "--app", shop.folder)


def test_a_repository_without_settings(rehearsals, shop):
    shop.git("commit", "--quiet", "--allow-empty", "--message=Nothing")

    assert "There is no release.toml in" in refused(rehearsals, "--app", shop.folder)


def test_settings_with_a_mistake(rehearsals, shop):
    shop.settings(PLAIN + "[container]\nprot = 80\n")

    assert "release.toml:6: container.prot" in refused(rehearsals, "--app", shop.folder)


def test_a_repository_without_a_dockerfile(rehearsals, tmp_path):
    bare = Shop(tmp_path / "bare").begin(dockerfile="")
    bare.settings(PLAIN)

    assert "holds no Dockerfile" in refused(rehearsals, "--app", bare.folder)


def test_a_dockerfile_that_needs_a_real_engine(rehearsals, tmp_path):
    shop = Shop(tmp_path / "shop").begin("FROM scratch\n# RUN nothing\nCOPY \\\n  run.sh /\nRUN pip install flask\n")
    shop.settings(PLAIN)

    said = refused(rehearsals, "--app", shop.folder, "--engine", "embedded")

    assert "Dockerfile line 5: RUN pip install flask: this takes a Docker engine" in said


def test_a_docker_engine_that_is_not_there(rehearsals):
    assert "No Docker engine answers" in refused(rehearsals, "--engine", "docker", DOCKER_HOST="unix:///nowhere.sock")


def test_a_port_in_use(rehearsals):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(rehearsals, "--port", port)

    assert f"Port {port} cannot be used" in said
    assert "--port" in said


def test_a_source_that_is_not_git(rehearsals, shop):
    shop.settings('app = "shop"\n[source]\nprovider = "s3"\nrepository = "somewhere/shop.zip"\n')

    assert 'provider = "codecommit"' in refused(rehearsals, "--app", shop.folder)


@pytest.mark.parametrize("rate", ["0", "5000", "-3"])
def test_a_rate_that_cannot_be(rehearsals, rate):
    assert "give 1 to 1000 requests per second" in refused(rehearsals, f"--rate={rate}")
