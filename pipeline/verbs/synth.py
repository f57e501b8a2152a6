"""Write all templates to a directory, for reading, for linters, and for comparing two versions.

Asks nothing of AWS. The same settings give the same bytes. A directory that holds files of somebody else's is refused.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from pipeline import release_file, written_templates
from pipeline.settings import read
from pipeline.terminal import Terminal, print_json
from pipeline.verbs import options
from templates.synthesis import Synthesis, synthesize

EXAMPLE = "  flipside synth --out out/templates --format yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    options.config(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the templates are written")
    parser.add_argument("--format", choices=("json", "yaml"), default="json", help="default: json, which is deployed")


def run(args: argparse.Namespace) -> int:
    """Synthesize and write."""
    settings = read(release_file.located(args.config))
    synthesis = synthesize(settings)
    about = {"app": settings.app, "package": synthesis.package}
    written = written_templates.write(args.out, _bodies(synthesis, args.format), about)
    if args.json:
        print_json({**about, "out": str(args.out), "written": [asdict(one) for one in written]})
        return 0
    terminal = Terminal.standard(to_stderr=False, colour=not args.no_color)
    for one in written:
        terminal.say(f"{one.bytes:>8}  {one.sha256[:16]}  {args.out / one.file}")
    return 0


def _bodies(synthesis: Synthesis, form: str) -> dict[str, bytes]:
    if form == "json":
        return {f"{name}.json": body for name, body in synthesis.templates.items()}
    return {f"{name}.yaml": synthesis.to_yaml(name).encode() for name in synthesis.templates}
