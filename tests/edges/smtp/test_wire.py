"""What a connection knows of bytes that have not left, and of time."""

import asyncio
import fcntl
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from feeds.edges.smtp.wire import Gone, Wire
from tests.edges.smtp.conftest import run


@asynccontextmanager
async def wire_and_peer() -> AsyncIterator[tuple[Wire, socket.socket]]:
    """A wire, and the other end, which reads nothing by itself; few bytes fit in between."""
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=near)
    wire = Wire(transport, encrypted=False)
    try:
        yield wire, far
    finally:
        wire.cut()
        far.close()
        await asyncio.sleep(0)


def test_bytes_that_the_system_did_not_take_have_not_left() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            wire.write(b"x" * 100_000)
            with pytest.raises(Gone, match="took nothing for"):
                await wire.sent(0.05)
            # What it said is true: the last of them never arrive.
            await asyncio.sleep(0)
            arrived = 0
            while data := far.recv(65_536):
                arrived += len(data)
            assert 0 < arrived < 100_000

    run(story())


def test_nobody_waits_for_bytes_that_the_relay_said_it_will_not_read() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            wire.write(b"x" * 100_000)
            far.send(b"421 4.3.2 enough\r\n")
            assert await wire.sent(30, before=2) is False
            assert (await wire.reply(30)).code == 421

    run(story())


def test_bytes_that_are_taken_later_have_left() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            loop = asyncio.get_running_loop()
            wire.write(b"x" * 100_000)
            far.settimeout(0)
            sent = loop.create_task(wire.sent(5))
            arrived = 0
            while arrived < 100_000:
                arrived += len(await loop.sock_recv(far, 65_536))
            assert await sent is True

    run(story())


def test_a_write_that_fails_at_once_is_told_at_once() -> None:
    """Not one byte has left, although nothing waits to be sent either."""

    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            far.close()
            with pytest.raises(Gone):
                wire.write(b"MAIL")

    run(story())


def test_a_shorter_wait_behind_a_longer_one_is_as_short_as_it_says() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            task = asyncio.create_task(wire.reply(3_600))
            await asyncio.sleep(0)
            far.send(b"250 fine\r\n")
            assert (await task).code == 250
            async with asyncio.timeout(20):
                with pytest.raises(Gone, match="no answer for"):
                    await wire.reply(0.05)

    run(story())


def test_a_longer_wait_behind_a_shorter_one_is_as_long_as_it_says() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            loop = asyncio.get_running_loop()
            far.send(b"250-first\r\n250 second\r\n")
            assert await wire.reply(0.05) == (250, "first second")
            loop.call_later(0.15, far.send, b"250 fine\r\n")
            assert (await wire.reply(3_600)).code == 250

    run(story())


def test_replies_are_read_before_the_end_is_noticed() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            far.send(b"250 fine\r\n421 bye\r\n")
            far.close()
            assert [(await wire.reply(5)).code for _ in range(2)] == [250, 421]
            with pytest.raises(Gone, match="the relay closed the connection"):
                await wire.reply(5)

    run(story())


def test_silence_is_counted_from_what_was_heard_last() -> None:
    async def story() -> None:
        async with wire_and_peer() as (wire, far):
            await asyncio.sleep(0.2)
            assert wire.silent_s() >= 0.2
            far.send(b"250 fine\r\n")
            await wire.reply(30)
            assert wire.silent_s() < 0.2

    run(story())


def held_back(sock: socket.socket) -> int:
    """Bytes that the system has not put on the net yet (SIOCOUTQNSD)."""
    (found,) = struct.unpack("i", fcntl.ioctl(sock, 0x894B, bytes(4)))
    return int(found)


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="the system has no such option")
def test_what_came_is_acknowledged_while_more_is_to_come() -> None:
    """A relay's system sends small packets one at a time (RFC 896), and ours acknowledges late
    (RFC 1122 §4.2.3.2): together they would cost 40 ms a letter."""

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            near = socket.create_connection(server.getsockname())
            far, _ = server.accept()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=near)
        wire = Wire(transport, encrypted=False)
        with far:
            held = 0
            # The first packets of a connection are acknowledged at once; and a busy machine may
            # be 40 ms late by itself.
            while not held:
                wire.write(b"MAIL")
                far.recv(100)
                far.send(b"250 fine\r\n")
                far.send(b"250 fine\r\n")
                held = held_back(far)
                both = asyncio.create_task(wire.reply(30, behind=1))
                while not wire.heard(1):
                    await asyncio.sleep(0)
                assert held_back(far) == 0
                assert await both == await wire.reply(30) == (250, "fine")
            wire.cut()

    run(story())
