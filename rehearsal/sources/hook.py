"""The hook that tells this server of a push."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# In it: the address of the server that serves these repositories now.
ENDPOINT = "endpoint"
# No proxy is asked: the server is on this machine.
CURL = """curl --silent --show-error --fail --noproxy '*' --max-time 30 \\
  --header 'Content-Type: application/json' --data-binary @- --output /dev/null "$endpoint/_rehearsal/pushed\""""
PYTHON = """{python} -c 'import sys, urllib.request as u
send = u.Request(sys.argv[1] + "/_rehearsal/pushed", sys.stdin.buffer.read(), {{"Content-Type": "application/json"}})
u.build_opener(u.ProxyHandler({{}})).open(send, timeout=30)' "$endpoint\""""
HOOK = """#!/bin/sh
# Tells the local AWS that serves this repository what was pushed.
endpoint=$(cat {endpoint} 2>/dev/null)
updates=
while read -r old new reference; do
  reference=$(printf %s "$reference" | sed 's/"/\\\\"/g')
  updates="$updates${{updates:+, }}{{\\"old\\": \\"$old\\", \\"new\\": \\"$new\\", \\"ref\\": \\"$reference\\"}}"
done
printf '{{"repository": %s, "updates": [%s]}}' {name} "$updates" |
  {send} ||
  echo "rehearsal: the server at ${{endpoint:-(none)}} did not take note of this push: nothing is released by it" >&2
exit 0
"""


def hook(name: str, endpoint: Path) -> str:
    """Return the text of the hook of a repository."""
    send = CURL if shutil.which("curl") else PYTHON.format(python=shlex.quote(sys.executable))
    return HOOK.format(endpoint=shlex.quote(str(endpoint.absolute())), name=shlex.quote(json.dumps(name)), send=send)
