"""From a commit to an image in the repository."""

from pathlib import Path

import boto3

from deployer import environment, handover
from deployer.engine import Engine, PushError
from deployer.log import say
from deployer.recipe import Recipe, mark_of
from deployer.repository import Repository
from deployer.tag import tag_of

PACKAGE = Path("package.json")


def provide_image() -> None:
    """Hand over the commit's image: the one that is there already, or one that is built and pushed now."""
    repository = Repository(
        environment.required("REPOSITORY_URI", "the URI of the ECR repository"), boto3.client("ecr")
    )
    commit = environment.required("COMMIT", "the commit, or the version of the source object, that is released")
    # An image that was built in another way is another image, also when the commit is the same.
    tag = tag_of(commit, mark_of(PACKAGE))
    digest = repository.digest_of(tag)
    if digest:
        say(f"{repository.uri}:{tag} is there already; it is reused, not rebuilt.")
    else:
        digest = _build_and_push(repository, commit, tag)
    say(f"{repository.uri}:{tag} is {digest}.")
    handover.write(
        {"tag": tag},
        {"IMAGE_TAG": tag, "IMAGE_URI": f"{repository.uri}:{tag}", "IMAGE_DIGEST": digest},
    )


def _build_and_push(repository: Repository, commit: str, tag: str) -> str:
    source = Path(environment.required("APP_DIR", "the folder of the application's source"))
    recipe = Recipe.of(source, PACKAGE)
    with Engine.connected() as engine:
        say(f"Building {repository.uri}:{tag} for {recipe.platform}.")
        labels = {"org.opencontainers.image.revision": commit, "org.opencontainers.image.version": tag}
        engine.build(recipe, f"{repository.uri}:{tag}", labels)
        say(f"Pushing {repository.uri}:{tag}.")
        return _push(engine, repository, tag)


def _push(engine: Engine, repository: Repository, tag: str) -> str:
    try:
        return engine.push(repository.uri, tag, repository.login())
    except PushError as why:
        # Two runs of one commit race to be first, and tags are immutable: the winner's image is this commit's too.
        digest = repository.digest_of(tag)
        if digest is None:
            raise
        say(f"{why}\nAnother run had pushed this tag meanwhile; its image is used.")
        return digest
