"""One thing that can be read of an account. What a plan needs is a set of these."""

from typing import NamedTuple


class Read(NamedTuple):
    """An operation that reads, and the server that it asks about.

    `hostname` is empty where it asks about the whole account, `tag` where it asks about servers of
    every tag, `subnet` (an id) where it asks about no subnet. An optional read that fails is noted
    in `Account.unread`; any other read that fails is an error. `expected` is how many servers of
    the tag there are at least: then the read may stand in for that of all servers, and may come to
    it. With 0 it adds to that.
    """

    operation_id: str
    hostname: str = ""
    is_optional: bool = False
    tag: str = ""
    subnet: str = ""
    expected: int = 0


SERVERS = "list_servers"

ALWAYS = frozenset({Read(SERVERS), Read("list_tasks")})
"""What every account is read for: who is there, and what is being done to it."""
