"""Loopback addresses for tasks."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from rehearsal.addresses import Addresses, NoAddresses

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pool() -> Iterator[Addresses]:
    pool = Addresses()
    yield pool
    pool.close()


@pytest.fixture
def small() -> Iterator[Addresses]:
    # Far from where others would begin.
    pool = Addresses(f"127.{secrets.randbelow(50) + 200}.{secrets.randbelow(256)}.8/30")
    yield pool
    pool.close()


def test_many_at_once_are_all_different_and_of_the_block(pool: Addresses) -> None:
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: pool.take(), range(200)))
    assert len(set(taken)) == 200
    assert all(ipaddress.ip_address(address) in ipaddress.ip_network("127.64.0.0/10") for address in taken)
    assert not any(address.endswith((".0", ".255")) for address in taken)


def test_two_programs_can_listen_on_the_same_port_of_two_addresses(pool: Addresses) -> None:
    with socket.create_server((pool.take(), 0)) as one, socket.create_server((pool.take(), one.getsockname()[1])):
        pass


def test_one_that_was_given_back_comes_last(small: Addresses) -> None:
    four = [small.take() for _ in range(4)]
    small.give_back(four[1])
    small.give_back(four[1])
    assert small.take() == four[1]


def test_one_that_another_process_holds_is_skipped(small: Addresses) -> None:
    code = (
        f"from rehearsal.addresses import Addresses; pool = Addresses('{small._block}'); "
        "print(pool.take(), flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout
        theirs = other.stdout.readline().strip()
        ours = {small.take() for _ in range(3)}
        assert theirs not in ours
        with pytest.raises(NoAddresses, match="in a row are taken"):
            small.take()
        other.communicate("\n")


def test_a_machine_with_one_loopback_address_is_told_what_to_do() -> None:
    # 192.0.2.0/24 is never an address of any machine, as 127.64.0.1 is not one of a Mac.
    lonely = Addresses("192.0.2.0/24")
    with pytest.raises(NoAddresses, match=r"only 127\.0\.0\.1 exists here, as on macOS.*ifconfig lo0 alias"):
        lonely.take()
