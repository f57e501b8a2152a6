"""A loopback address for each load balancer, so that all may have the same ports and any client finds them."""

import errno
import ipaddress
import socket

from rehearsal.addresses import RESERVING_PORT

BLOCK = ipaddress.IPv4Network("127.1.0.0/16")
LOCALHOST = "127.0.0.1"


class Addresses:
    """The addresses of one rehearsal: always the lowest that nobody holds, so that URLs seldom change."""

    def __init__(self) -> None:
        """Hold none."""
        self._held: dict[str, socket.socket] = {}

    def take(self) -> str:
        """Return an address of one's own, or the only one there is on a machine that has no others."""
        for address in map(str, BLOCK.hosts()):
            if address in self._held:
                continue
            claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                # Held by the kernel for as long as this process lives; another rehearsal takes the next address.
                claim.bind((address, RESERVING_PORT))
            except OSError as error:
                claim.close()
                if error.errno == errno.EADDRINUSE:
                    continue
                return LOCALHOST
            self._held[address] = claim
            return address
        return LOCALHOST

    def give_back(self, address: str) -> None:
        """Let others have the address."""
        claim = self._held.pop(address, None)
        if claim is not None:
            claim.close()

    def close(self) -> None:
        """Give all back."""
        for address in list(self._held):
            self.give_back(address)
