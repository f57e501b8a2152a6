"""What a text must look like: a pattern for the machine, and the words that tell a person what is valid."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from pipeline.settings.words import choices, not_valid, shown

DYNAMIC_REFERENCE = "{{resolve:"


@dataclass(frozen=True)
class Form:
    """The form of a text; `words` complete the sentence "give ..."."""

    words: str
    pattern: str
    longest: int | None = None
    optional: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the text after it was found to be one."""
        return core_schema.no_info_after_validator_function(self.judged, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors the same pattern."""
        schema = handler(core)
        schema["pattern"] = f"^({self.pattern})?$" if self.optional else f"^({self.pattern})$"
        if self.longest:
            schema["maxLength"] = self.longest
        return schema

    def judged(self, text: str) -> str:
        """Return the text if it has the form, and otherwise say what would have."""
        if self.optional and not text:
            return text
        if DYNAMIC_REFERENCE in text:
            raise ValueError(f"{DYNAMIC_REFERENCE}...}}}} would be replaced by CloudFormation; give {self.words}")
        if self.longest and len(text) > self.longest:
            raise ValueError(f"{len(text)} characters are too many; give {self.words}, at most {self.longest} long")
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise ValueError(not_valid(shown(text), self.words))
        return text


@dataclass(frozen=True)
class OneOf:
    """A choice of whole numbers. A `Literal` would let 1.0 and true pass for 1."""

    numbers: tuple[int, ...]

    @property
    def words(self) -> str:
        """What is valid; it completes the sentence "give ..."."""
        return choices(*self.numbers)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the number after it was found to be one."""
        return core_schema.no_info_after_validator_function(self.judged, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors the same choice."""
        return {**handler(core), "enum": list(self.numbers)}

    def judged(self, number: int) -> int:
        """Return the number if it can be chosen."""
        if number not in self.numbers:
            raise ValueError(not_valid(shown(number), self.words))
        return number


def arn(service: str, resource: str, words: str) -> Form:
    """Return the form of an optional ARN, from the patterns of its service and of what follows the account."""
    return Form(words, rf"arn:aws[a-z-]*:{service}:[a-z0-9-]+:[0-9]{{12}}:{resource}", longest=2048, optional=True)


def example(value: object) -> Any:
    """Give a key an example, for the settings page and for editors."""
    return Field(examples=[value])


# A list in TOML is a tuple in the settings, so that it cannot change.
LIST = Field(strict=False)
Port = Annotated[int, Field(ge=1, le=65535)]
# The characters that RFC 3986 allows in a path and its query.
HttpPath = Annotated[
    str, Form("a path that begins with / and has no spaces", r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*", longest=1024)
]
