"""A longer way: passes bytes on, both ways, each of them so many milliseconds later.

    python -m tests.edges.smtp.delay --to 2525 --ms 20      # a round trip of 40 ms

prints its port on the first line. ``--to`` is a port on 127.0.0.1.
"""

import argparse
import asyncio
import contextlib
import sys


class _End(asyncio.Protocol):
    """One end of a connection that passes through."""

    def __init__(self, way_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._way_s = way_s
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        for data in self._early:
            transport.write(data)

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        self._loop.call_later(self._way_s, self.other.deliver, data)

    def deliver(self, data: bytes) -> None:
        """The bytes have come the whole way."""
        if self.transport is None:
            self._early.append(data)
        elif not self.transport.is_closing():
            self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self._loop.call_later(self._way_s, self.other.transport.close)


async def _connect(near: _End, far: _End, port: int) -> None:
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: far, "127.0.0.1", port)
    except OSError:
        if near.transport is not None:
            near.transport.close()


class Delay:
    """Listens on 127.0.0.1 while the ``async with`` lasts, before the server at ``to``."""

    def __init__(self, to: int, way_s: float) -> None:
        self.to, self.way_s = to, way_s
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def _accept(self) -> _End:
        near, far = _End(self.way_s), _End(self.way_s)
        near.other, far.other = far, near
        task = asyncio.get_running_loop().create_task(_connect(near, far, self.to))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return near

    async def __aenter__(self) -> "Delay":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, "127.0.0.1", 0, backlog=1_000)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()


async def _serve(to: int, way_s: float) -> None:
    async with Delay(to, way_s) as delay:
        sys.stdout.write(f"{delay.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--ms", type=float, required=True, help="each way")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.to, options.ms / 1_000))


if __name__ == "__main__":
    main()
