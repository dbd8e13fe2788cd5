"""By which ids the files of one account are named in a work dir: its lock, journal and slots.

An account is known by its customer: however it is reached, it is the same one. Where no answer of
the API tells the customer, it is known by its address and access. Nothing is opened here.
"""

import json
from hashlib import sha256
from urllib.parse import urlsplit

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.loopback import is_loopback
from ccloud_apply.plan.same_account import normalise_endpoint


def account_id(endpoint: str, client_id: str | None, token: str | None = None) -> str:
    """64 hexadecimal digits for an account: by its client id, or by the token where there is none.

    However the endpoint is spelled, it is the same. Nothing of a secret can be had back from it.
    """
    return earlier_account_id(normalise_endpoint(endpoint), client_id, token)


def earlier_account_id(endpoint: str, client_id: str | None, token: str | None = None) -> str:
    """As `account_id` of earlier versions: each spelling of the endpoint was another account."""
    proof = None if token is None else sha256(token.encode()).hexdigest()
    return _digest([endpoint, "client", client_id] if client_id else [endpoint, "token", proof])


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountIds:
    """The ids of one account.

    `access` is that of its address and access, and what it goes by while its customer is unknown.
    `customer` is that of its customer wherever it is reached, and None while that is unknown.
    `journal` names the journals. Journals of `earlier` ids are those of versions that knew no
    customer, and of runs that did not know it yet.
    """

    access: str
    customer: str | None
    journal: str
    earlier: tuple[str, ...]

    @property
    def locks(self) -> tuple[str, ...]:
        """What is locked, in this order: whoever reaches the account in another way, or knows only
        a part of this, has one of them in common with us."""
        ids = (self.customer or self.access, self.journal, self.access)
        return tuple(dict.fromkeys(ids))

    @property
    def slots(self) -> str:
        """What the slots for creates are named by."""
        return self.customer or self.access


def build_account_ids(
    endpoint: str, client_id: str | None, token: str | None, *, customer_id: str | None
) -> AccountIds:
    """The ids of the account that is reached like this; `customer_id` None: not known.

    A customer's number is the vendor's, so that two addresses with one number lead to one account.
    An address on this machine may be a sandbox, whose number says nothing: there the address counts
    for the journal too, and the number alone for the lock and the slots, where more than need be
    does no harm.
    """
    access = account_id(endpoint, client_id, token)
    spelled = earlier_account_id(endpoint, client_id, token)
    if customer_id is None:
        earlier = () if spelled == access else (spelled,)
        return AccountIds(access=access, customer=None, journal=access, earlier=earlier)
    customer = _digest(["customer", customer_id])
    is_own = is_loopback(urlsplit(endpoint).hostname or "")
    return AccountIds(
        access=access,
        customer=customer,
        journal=_digest([normalise_endpoint(endpoint), "customer", customer_id])
        if is_own
        else customer,
        earlier=tuple(dict.fromkeys((access, spelled))),
    )


def _digest(identity: list[str | None]) -> str:
    return sha256(json.dumps(identity).encode()).hexdigest()
