"""The names of stacks and servers in Terraform's documents.

The address of a server depends only on its key, so it stays the same whether or not `count` makes
the server. A key that is no name in Terraform becomes an index, which can be any text.
"""

import json

from ccloud_apply.lazy_pattern import lazy_pattern

_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_-]*")
_ANY = "this"


def split_name(key: str) -> tuple[str, str | None]:
    """A server's name and index: `web-1` and None; `this` and `1a` for a key like `1a`."""
    return (key, None) if _NAME.fullmatch(key) else (_ANY, key)


def module_address(stack: str) -> str:
    """`module.web-prod`."""
    return f"module.{_spell(stack)}"


def server_address(stack: str, key: str) -> str:
    """`module.web-prod.ccloud_server.web-1`."""
    return f"{module_address(stack)}.ccloud_server.{_spell(key)}"


def _spell(text: str) -> str:
    name, index = split_name(text)
    return name if index is None else f"{name}[{_quote(index)}]"


def _quote(text: str) -> str:
    """The text as HCL quotes it: like JSON, with template markers escaped."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")
