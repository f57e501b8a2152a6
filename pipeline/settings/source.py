"""[source]: where the commits come from."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.settings.base import Mistake, Mistakes, Table, rule
from pipeline.settings.forms import Form, arn, example
from pipeline.settings.words import not_valid, shown

CONNECTED = ("github", "gitlab", "bitbucket")
REPOSITORY = {
    "github": Form("`owner/name`", r"[\w.\-]+/[\w.\-]+"),
    "gitlab": Form("`group/name`, with its subgroups in between", r"[\w.\-]+(/[\w.\-]+)+"),
    "bitbucket": Form("`workspace/name`", r"[\w.\-]+/[\w.\-]+"),
    "codecommit": Form("the repository's `name`, at most 100 characters", r"[\w.\-]{1,100}"),
    "s3": Form("`bucket/key-of-the.zip`", r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]/([\w.\-]+/)*[\w.\-]+\.zip"),
}
Connection = arn(
    "(codeconnections|codestar-connections)",
    r"connection/[\w\-]+",
    "the ARN of a CodeConnections connection, as arn:aws:codeconnections:REGION:ACCOUNT:connection/ID",
)
Paths = Annotated[
    tuple[
        Annotated[
            str,
            Form("a pattern from the repository's top, such as web/**", r"(?!/|\./|\.\./)[\x20-\x7e]+", longest=255),
        ],
        ...,
    ],
    # A list in TOML; kept as a tuple, so that it cannot change.
    Field(strict=False, max_length=8),
]


class Source(Table):
    """Where the commits come from."""

    provider: Annotated[Literal["github", "gitlab", "bitbucket", "codecommit", "s3"], example("codecommit")] = "github"
    """Where the repository lives. The first three are reached by a CodeConnections connection; no token is kept."""

    repository: Annotated[
        str, Form("the repository as its provider names it", r"[\w.\-/]+", longest=255), example("acme/greeter")
    ]
    """`owner/name` for GitHub, GitLab and Bitbucket, the name for CodeCommit, `bucket/key.zip` for S3."""

    branch: Annotated[str, Form("a branch's name", r"(?!/)[\w.\-/]+(?<!/)", longest=255), example("release")] = "main"
    """A push to this branch starts a release. S3 has no branches: there, every new version of the object does."""

    connection_arn: Annotated[
        str, Connection, example("arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b")
    ] = ""
    """ARN of the CodeConnections connection, made once in the console. `github`, `gitlab` and `bitbucket` need it."""

    include_paths: Annotated[Paths, example(["web/**", "shared/**"])] = ()
    """Only pushes that touch a path matching one of these patterns start a release. Needs a connection."""

    exclude_paths: Annotated[Paths, example(["**/*.md"])] = ()
    """Pushes that touch nothing but paths matching these patterns start no release. Needs a connection."""

    @property
    def connected(self) -> bool:
        """Whether the source is read through a CodeConnections connection."""
        return self.provider in CONNECTED


@rule(Source, "provider", "connection_arn")
def connection_goes_with_the_provider(source: Source) -> Mistakes:
    """`github`, `gitlab` and `bitbucket` need `connection_arn`; the others take none."""
    if source.connected and not source.connection_arn:
        words = f"provider {shown(source.provider)} needs it; give {Connection.words} "
        yield Mistake(("connection_arn",), words + "(made in the console: Developer Tools > Settings > Connections)")
    if source.connection_arn and not source.connected:
        yield Mistake(("connection_arn",), _needs_a_connection(source))


@rule(Source, "provider", "include_paths", "exclude_paths")
def path_filters_need_a_connection(source: Source) -> Mistakes:
    """`include_paths` and `exclude_paths` are for `github`, `gitlab` and `bitbucket`, and hold no pattern twice."""
    for key in ("include_paths", "exclude_paths"):
        patterns = getattr(source, key)
        if patterns and not source.connected:
            yield Mistake((key,), _needs_a_connection(source))
        for place, pattern in enumerate(patterns):
            if pattern in patterns[:place]:
                yield Mistake((key, place), f"{shown(pattern)} stands there twice; keep one")


def _needs_a_connection(source: Source) -> str:
    others = "leave this out, or use github, gitlab or bitbucket"
    return f"provider {shown(source.provider)} is not read through a connection; {others}"


@rule(Source, "provider", "repository")
def repository_is_named_as_the_provider_does(source: Source) -> Mistakes:
    """`repository` has the form that the provider gives it."""
    form = REPOSITORY[source.provider]
    try:
        form.judged(source.repository)
    except ValueError:
        words = not_valid(f"{shown(source.repository)} with provider {shown(source.provider)}", form.words)
        yield Mistake(("repository",), words)


@rule(Source, "provider", "branch")
def s3_has_no_branches(source: Source) -> Mistakes:
    """With provider `s3`, `branch` is left out."""
    if source.provider == "s3" and source.branch != "main":
        yield Mistake(("branch",), "an S3 object has no branches; leave branch out")
