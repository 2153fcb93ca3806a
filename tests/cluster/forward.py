"""Forwards TCP connections from a listening socket it inherits to an address in the network it runs in.

A socket stays in the network namespace it was made in. Given one made by the tests and run in a private host's
network, this is the one door between the two: `python -m cluster.forward FILE_DESCRIPTOR HOST PORT`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

_CHUNK = 65536


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction until its end, and pass the end on."""
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def serve(listener: socket.socket, host: str, port: int) -> None:
    """Forward until cancelled. Where nobody answers at the far end, the connection is closed at once."""

    async def forward(near_reader: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            try:
                far_reader, far_writer = await asyncio.open_connection(host, port)
                try:
                    await asyncio.gather(_copy(near_reader, far_writer), _copy(far_reader, near_writer))
                finally:
                    far_writer.close()
            finally:
                near_writer.close()

    server = await asyncio.start_server(forward, sock=listener)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    inherited = socket.socket(fileno=int(sys.argv[1]))
    asyncio.run(serve(inherited, sys.argv[2], int(sys.argv[3])))
