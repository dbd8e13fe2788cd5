"""What a listening socket does with the connections that it takes."""

import asyncio
import socket


def sends_at_once(listener: socket.socket) -> bool:
    """Whether asyncio has a connection send small parts without waiting for acknowledgements."""

    async def connect() -> bool:
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bool] = loop.create_future()

        class Taken(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                connection = transport.get_extra_info("socket")
                option = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                taken.set_result(bool(option))
                transport.close()

        async with await loop.create_server(Taken, sock=listener):
            host, port = listener.getsockname()[:2]
            _, writer = await asyncio.open_connection(host, port)
            found = await taken
            writer.close()
            await writer.wait_closed()
            return found

    return asyncio.run(connect())
