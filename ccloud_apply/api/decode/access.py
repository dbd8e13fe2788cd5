"""What gets a person into a server: its password, and the address of its console.

No message of here quotes what an answer says.
"""

import json
from typing import Any

from ccloud_apply.api.decode.shape import Unreadable, read_list, read_object, unwrap
from ccloud_apply.model.live.access import Credentials, PasswordAnswer


def decode_password(value: Any) -> PasswordAnswer:
    """The answer of `get_server_password`, however it looks: the platform may not give another.

    Nothing, an empty list and an entry without a password all say that there is none to be had.
    """
    if not value:
        return PasswordAnswer()
    try:
        rows = [unwrap(read_object(row, "")) for row in read_list(value)]
        entries = tuple(
            Credentials(username=_text(row, "username"), password=_text(row, "password"))
            for row in rows
        )
    except Unreadable:
        return PasswordAnswer(other=json.dumps(value, ensure_ascii=False))
    if any("password" not in row for row in rows):
        return PasswordAnswer(other=json.dumps(value, ensure_ascii=False))
    return PasswordAnswer(entries=tuple(one for one in entries if one.password))


def _text(row: Any, name: str) -> str | None:
    """The text as it is: a password may begin or end with a space."""
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value or None
    if type(value) is int:
        return str(value)
    raise Unreadable(f"{name} is not a text")


def decode_console(value: Any) -> str:
    """The address that `get_server_console` gives. Raises Unreadable."""
    row = unwrap(read_object(value[0] if isinstance(value, list) and value else value, ""))
    url = row.get("url")
    if not isinstance(url, str) or not url.strip():
        raise Unreadable("the answer has no url")
    return url.strip()
