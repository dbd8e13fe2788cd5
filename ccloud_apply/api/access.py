"""A server's password and its console: what the commands of these names alone read.

All of it raises ApiError. What an answer means belongs to `decode/access.py`.
"""

from ccloud_apply.api.client import Client
from ccloud_apply.api.decode.access import decode_console, decode_password
from ccloud_apply.model.live.access import PasswordAnswer


async def read_password(client: Client, hostname: str) -> PasswordAnswer:
    """The server's credentials, which the platform may give once only."""
    return await client.read("get_server_password", decode_password, hostname=hostname)


async def read_console(client: Client, hostname: str) -> str:
    """The address of the server's console, made for this call. Whoever has it is inside."""
    return await client.read("get_server_console", decode_console, hostname=hostname)
