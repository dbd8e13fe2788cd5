"""Who sends a request, for pages and the API: asked by whoever shows or changes something."""

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from ccloud_apply.fleet.model.access import Person, Role

PERSON = "fleet.person"
"""The key of the scope under which `SignIn` puts the person."""


def person_of(request: HTTPConnection) -> Person:
    """Who sends it. A page outside of `SignIn` has no person, and raises KeyError."""
    person: Person = request.scope[PERSON]
    return person


def demand(request: HTTPConnection, role: Role, account: str) -> Person:
    """Who sends it, if they have the role in this account.

    Raises HTTPException: 404 in an account that the person may not see, which then looks as if it
    did not exist, and 403 in one that they may see.
    """
    person = person_of(request)
    if not person.may("see", account):
        raise HTTPException(404, f"{account} is not an account of this fleet")
    if not person.may(role, account):
        raise HTTPException(403, f"{person.name} does not have the role {role} in {account}")
    return person


def demand_everywhere(request: HTTPConnection, role: Role) -> Person:
    """Who sends it, if they have the role in all accounts. Raises HTTPException with 403."""
    person = person_of(request)
    if not person.may_everywhere(role):
        raise HTTPException(403, f"{person.name} does not have the role {role} in all accounts")
    return person
