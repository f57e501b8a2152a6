"""Loopback addresses: every task gets one of its own, so that all may listen on the same port."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
import threading

TASKS = "127.64.0.0/10"
CONTAINERS = "127.128.0.0/10"
# Holding this datagram port reserves an address against every other process of this machine, also one of another user.
RESERVING_PORT = 65431
ATTEMPTS = 1000


class NoAddresses(OSError):
    """This machine has no loopback address to give."""


class Addresses:
    """The addresses of one block, handed out one after the other from a random place on."""

    def __init__(self, block: str = TASKS) -> None:
        """Start with none handed out."""
        self._block = ipaddress.IPv4Network(block)
        self._next = secrets.randbelow(self._block.num_addresses)
        self._held: dict[str, socket.socket] = {}
        self._guard = threading.Lock()

    def take(self) -> str:
        """Return an address that nobody on this machine has taken; one that was given back comes round last."""
        with self._guard:
            for _ in range(ATTEMPTS):
                address = self._advance()
                held = _reserve(address) if address not in self._held else None
                if held:
                    self._held[address] = held
                    return address
        raise NoAddresses(f"{ATTEMPTS} addresses of {self._block} in a row are taken: other programs use this block.")

    def give_back(self, address: str) -> None:
        """Let others have the address; one that is not held is fine."""
        with self._guard:
            held = self._held.pop(address, None)
        if held:
            held.close()

    def close(self) -> None:
        """Give all back."""
        for address in list(self._held):
            self.give_back(address)

    def _advance(self) -> str:
        while True:
            address = self._block[self._next]
            self._next = (self._next + 1) % self._block.num_addresses
            # Some programs take the ends of a /24 for a network and a broadcast address.
            if int(address) & 0xFF not in (0, 0xFF):
                return str(address)


def _reserve(address: str) -> socket.socket | None:
    """Hold the address, or return nothing when somebody else does."""
    reserved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        reserved.bind((address, RESERVING_PORT))
    except OSError as error:
        reserved.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise NoAddresses(
            f"This machine does not answer on {address} ({error.strerror}): only 127.0.0.1 exists here, as on macOS. "
            f"Run the rehearsal on Linux, in a Linux container for instance, or add addresses of {TASKS} to the "
            f"loopback interface (macOS: sudo ifconfig lo0 alias {address})."
        ) from error
    return reserved
