"""The command line: finds the verb, runs it, and turns every error into a sentence and an exit code.

0 done, 1 failed, 2 the user's mistake, 130 stopped with Ctrl-C.
"""

import argparse
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from pipeline.errors import UserMistake
from pipeline.interruption import Interrupted
from pipeline.verbs import VERBS, options
from pipeline.version import VERSION
from traffic.errors import FlipsideError

DONE, FAILED, MISTAKE, STOPPED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors like any other."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise UserMistake(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.")


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        return _attempt(arguments)
    except BrokenPipeError:
        # Whoever read us has read enough. Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _attempt(arguments: Sequence[str]) -> int:
    try:
        return _run(arguments)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        error, code = "interrupted; nothing was changed.", STOPPED
    except Exception as caught:  # noqa: BLE001 - the edge: whatever happened, a person reads a sentence
        error, code = _sentence(caught)
        if "--debug" in arguments:
            traceback.print_exc()
    # What was said so far comes first, also when both streams go to one file.
    sys.stdout.flush()
    sys.stderr.write(f"flipside: {error}\n")
    return code


def _run(arguments: Sequence[str]) -> int:
    verb = arguments[0] if arguments else "--help"
    if verb in {"-V", "--version"}:
        sys.stdout.write(f"flipside {VERSION}\n")
        return DONE
    if verb in {"-h", "--help"}:
        sys.stdout.write(_overview())
        return DONE if arguments else MISTAKE
    module = _module(verb)
    args = _parser(verb, module).parse_args(arguments[1:])
    code: int = module.run(args)
    sys.stdout.flush()
    return code


def _module(verb: str) -> ModuleType:
    if verb in VERBS:
        return importlib.import_module(f"pipeline.verbs.{verb}")
    if verb.startswith("-"):
        raise UserMistake(f"{verb} comes after the verb: flipside VERB {verb}. The verbs are {', '.join(VERBS)}.")
    nearest = difflib.get_close_matches(verb, VERBS, n=1, cutoff=0.5)
    hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
    raise UserMistake(f"There is no verb {verb!r}.{hint} The verbs are {', '.join(VERBS)}.")


def _parser(verb: str, module: ModuleType) -> Parser:
    parser = Parser(
        prog=f"flipside {verb}",
        description=module.__doc__,
        epilog=f"example:\n{module.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    options.common(parser)
    return parser


def _overview() -> str:
    verbs = "\n".join(f"  {verb:<10}{words}" for verb, words in VERBS.items())
    return (
        "usage: flipside VERB [options]\n\nBlue/green releases for Amazon ECS, driven by CodePipeline.\n\n"
        f"verbs:\n{verbs}\n\n`flipside VERB --help` says more about each; --version says which flipside this is.\n"
    )


def _sentence(error: Exception) -> tuple[str, int]:
    if isinstance(error, Interrupted):
        return str(error), STOPPED
    if isinstance(error, UserMistake):
        return str(error), MISTAKE
    if isinstance(error, FlipsideError):
        return str(error), FAILED
    # Errors of AWS's come from modules that a verb which calls nobody need not load in order to fail.
    if "botocore.exceptions" in sys.modules:
        from pipeline import aws_errors  # noqa: PLC0415 - as above

        if aws_errors.is_one(error):
            return aws_errors.explain(error), MISTAKE if aws_errors.user_must_act(error) else FAILED
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: {error.filename}", FAILED
    return f"a fault in flipside itself: {error!r}. --debug shows where it is.", FAILED
