"""The HTML document: one file for the browser, with its style and its script in it."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

SCRIPTS = ("morph.js", "words.js", "views.js", "live.js")


class Document:
    """The page as it is sent."""

    def __init__(self, token: str) -> None:
        """Let orders that come from this page carry the token."""
        self._token = token

    def answer(self, request: Request) -> Response:
        """Send it; the browser runs nothing but what it came with."""
        del request
        style = _text("style.css")
        script = "\n".join(_text(name) for name in SCRIPTS)
        html = _text("page.html").replace("%TOKEN%", self._token)
        html = html.replace("/* style */", style).replace("/* script */", script)
        policy = (
            f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)}; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(html, content_type="text/html; charset=utf-8", headers=headers)


def _text(name: str) -> str:
    return (files("rehearsal.page") / name).read_text(encoding="utf-8")


def _allowed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
