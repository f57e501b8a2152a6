"""A real browser, driven over the WebDriver protocol that browsers themselves speak."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "" if BROWSER and DRIVER else "neither chromium nor its driver is installed"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window."""

    def __init__(self, address: str, session: str) -> None:
        """Take the driver's address and the name that it gave this window."""
        self._session = f"{address}/session/{session}"

    def go(self, url: str) -> None:
        """Open a page."""
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a function body returns on the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def seen(self, css: str, words: str = "") -> Any:
        """Return the first element with these words, as soon as it is there."""
        look = (
            "return [...document.querySelectorAll(arguments[0])]"
            ".find((one) => one.checkVisibility() && one.textContent.includes(arguments[1]))"
        )
        deadline = time.monotonic() + 15
        while not (found := self.run(look, css, words)):
            assert time.monotonic() < deadline, f"{css} with {words!r} is not on the page:\n{self.text()}"
            time.sleep(0.05)
        return found

    def gone(self, css: str) -> None:
        """Wait until there is no such element any more."""
        deadline = time.monotonic() + 15
        while self.run("return document.querySelector(arguments[0])", css):
            assert time.monotonic() < deadline, f"{css} is still on the page:\n{self.text()}"
            time.sleep(0.05)

    def press(self, element: Any, keys: str) -> None:
        """Type into an element."""
        self._ask("POST", f"/element/{element[ELEMENT]}/value", {"text": keys})

    def click(self, element: Any) -> None:
        """Click on an element."""
        self._ask("POST", f"/element/{element[ELEMENT]}/click", {})

    def text(self) -> str:
        """Return what a reader sees."""
        return str(self.run("return document.body.innerText"))

    def shape(self, width: int, height: int, *, dark: bool = False) -> None:
        """Be a screen of this size, in light or dark colours."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tell("Emulation.setDeviceMetricsOverride", screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", {"features": [scheme]})

    def tell(self, command: str, arguments: dict[str, Any]) -> Any:
        """Give an order of the browser's own protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": arguments})

    def complaints(self) -> list[str]:
        """Return the errors in the page's console."""
        entries = self._ask("POST", "/se/log", {"type": "browser"})
        return [one["message"] for one in entries if one["level"] == "SEVERE"]

    def picture(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        taken = self.tell("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(taken["data"]))

    def close(self) -> None:
        """Close the window."""
        self._ask("DELETE", "", None)

    def _ask(self, method: str, path: str, told: Any) -> Any:
        return ask(method, self._session + path, told)


def ask(method: str, url: str, told: Any) -> Any:
    """Make a request of the driver and return the value in its answer."""
    data = None if told is None else json.dumps(told).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(error.read().decode()) from error


@contextmanager
def browser(home: Path) -> Iterator[Browser]:
    """Open a window, with nothing on it yet."""
    arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={home / 'profile'}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    wanted = {"goog:chromeOptions": {"binary": BROWSER, "args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}
    environment = {**os.environ, "HOME": str(home)}
    with subprocess.Popen([str(DRIVER), "--port=0"], stdout=subprocess.PIPE, text=True, env=environment) as driver:
        try:
            address = f"http://127.0.0.1:{_port(driver)}"
            made = ask("POST", f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
            window = Browser(address, made["sessionId"])
            try:
                yield window
            finally:
                window.close()
        finally:
            driver.terminate()


def _port(driver: subprocess.Popen[str]) -> int:
    assert driver.stdout
    for line in driver.stdout:
        if "successfully on port " in line:
            return int(line.rpartition("on port ")[2].strip().rstrip("."))
    raise AssertionError("the driver did not start")
