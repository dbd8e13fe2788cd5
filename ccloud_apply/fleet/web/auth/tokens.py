"""Tokens of programs and people, of which `fleet.yaml` has digests alone."""

import hashlib
import hmac
from collections.abc import Iterable

from ccloud_apply.fleet.model.access import Person, token_grants
from ccloud_apply.fleet.model.config import HashedToken


def find_token(tokens: Iterable[HashedToken], text: str) -> HashedToken | None:
    """The token with this text. Takes equally long whichever it is, and if it is none."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest().encode()
    found: HashedToken | None = None
    for token in tokens:
        if hmac.compare_digest(token.sha256.lower().encode(), digest):
            found = token
    return found


def person_of_token(token: HashedToken) -> Person:
    """Who uses it. The name cannot be that of a person who signs in another way."""
    return Person(name=f"token:{token.name}", way="token", grants=token_grants(token.roles))


def read_bearer(headers: Iterable[str]) -> str | None:
    """The token in the Authorization headers; None where there is none, or another scheme."""
    found = list(headers)
    if len(found) != 1:
        return None
    # A header arrives as Latin-1 whatever it is; the same token comes in a form too.
    told = found[0].encode("latin-1", "backslashreplace").decode("utf-8", "replace")
    scheme, _, text = told.partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None
