"""Building an image from a context and its Dockerfile, and telling about it as Docker's classic builder does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.engine import dockerfile, references
from rehearsal.engine.cache import key_of
from rehearsal.engine.errors import BadRequestError, EngineError
from rehearsal.engine.stage import ARCHITECTURE
from rehearsal.engine.steps import Steps, stage_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rehearsal.engine.context import Context
    from rehearsal.engine.dockerfile import Instruction
    from rehearsal.engine.images import Image, Images
    from rehearsal.engine.steps import Workshop

Message = dict[str, Any]
# Every build may be told these without declaring them.
PREDEFINED = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})


@dataclass(frozen=True)
class Wish:
    """What a client wants of a build."""

    dockerfile: str = "Dockerfile"
    tags: tuple[str, ...] = ()
    arguments: Mapping[str, str | None] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = ""
    no_cache: bool = False
    quiet: bool = False


class Build:
    """One build."""

    def __init__(self, wish: Wish, context: Context, images: Images, workshop: Workshop) -> None:
        """Read the Dockerfile."""
        self._wish = wish
        self._context = context
        self._images = images
        self._workshop = workshop
        self._steps = Steps(workshop, context, wish.arguments, trust_cache=not wish.no_cache)
        self._tags = [references.parse(tag) for tag in wish.tags]
        self._instructions = self._wanted(dockerfile.parse(context.text(wish.dockerfile)))

    def run(self) -> Iterator[Message]:
        """Perform the build; an error is the last message."""
        try:
            with self._images.making():
                yield from self._quietly() if self._wish.quiet else self._perform()
        except EngineError as error:
            yield {"errorDetail": {"message": str(error)}, "error": str(error)}
        finally:
            self._steps.close()
            self._context.close()
            self._workshop.cache.save()

    def _quietly(self) -> Iterator[Message]:
        for message in self._perform():
            if identity := message.get("aux", {}).get("ID"):
                yield {"stream": f"{identity}\n"}

    def _perform(self) -> Iterator[Message]:
        self._refuse()
        count = len(self._instructions)
        for number, instruction in enumerate(self._instructions, 1):
            yield {"stream": f"Step {number}/{count} : {instruction.text}"}
            yield {"stream": "\n"}
            if self._steps.perform(instruction):
                yield {"stream": " ---> Using cache\n"}
            if self._steps.stages:
                stage = self._steps.stages[-1]
                yield {"stream": f" ---> {key_of(stage.key)[:12] if stage.history else ''}\n"}
        yield from self._finish()

    def _finish(self) -> Iterator[Message]:
        stage = self._steps.stages[-1]
        if not stage.history:
            raise EngineError("No image was generated. Is your Dockerfile empty?")
        if self._wish.labels:
            stage.config["Labels"] = {**(stage.config.get("Labels") or {}), **self._wish.labels}
        image = self._images.add(stage.document())
        yield {"aux": {"ID": image.id}}
        unused = sorted(self._wish.arguments.keys() - self._steps.consumed - PREDEFINED)
        if unused:
            yield {"stream": f"[Warning] One or more build-args [{' '.join(unused)}] were not consumed\n"}
        yield {"stream": f"Successfully built {image.id[7:19]}\n"}
        yield from self._tag(image)

    def _tag(self, image: Image) -> Iterator[Message]:
        for tag in self._tags:
            self._images.tag(image, tag)
            yield {"stream": f"Successfully tagged {tag.tagged}\n"}

    def _wanted(self, instructions: list[Instruction]) -> list[Instruction]:
        """Return the instructions up to the end of the stage that was asked for."""
        target, found, wanted, index = self._wish.target.lower(), False, [], -1
        for instruction in instructions:
            if instruction.name == "FROM":
                if found:
                    break
                index += 1
                found = bool(target) and target in (str(index), stage_name(instruction).lower())
            wanted.append(instruction)
        if target and not found:
            raise BadRequestError(f"failed to reach build target {self._wish.target} in Dockerfile")
        return wanted

    def _refuse(self) -> None:
        """Say at once what would stop the build at its end."""
        problem = next((each.unsupported for each in self._instructions if each.unsupported), "")
        if problem:
            raise EngineError(problem)
        if self._wish.platform and self._wish.platform not in ("linux", f"linux/{ARCHITECTURE}"):
            raise EngineError(f"platform {self._wish.platform}: this machine is linux/{ARCHITECTURE}")
