"""The references of fleet.yaml, and which of them stack files could name too. Pure.

Whoever writes to a repository writes stack files. What these can name as a secret goes into servers
that the same people own: no credential of the fleet may be among it.
"""

import posixpath
from collections.abc import Iterator

from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference

Place = tuple[str | int, ...]
"""The steps to where something stands in the file."""


def list_references(config: FleetConfig) -> Iterator[tuple[Place, Reference]]:
    """Every reference of fleet.yaml that is set, with the steps to where it stands."""
    named: list[tuple[Place, Reference | None]] = [(("database",), config.database)]
    for account in config.accounts.values():
        for key in ("client_id", "client_secret", "token", "proxy"):
            named.append((("accounts", account.name, key), getattr(account, key)))
    for index, source in enumerate(config.sources):
        named.append((("sources", index, "token"), source.token))
        named.append((("sources", index, "webhook", "secret"), source.webhook_secret))
    for index, sink in enumerate(config.sinks):
        named.append((("notify", index, "webhook"), sink.webhook))
        named.append((("notify", index, "apprise"), sink.apprise))
    if config.web.oidc is not None:
        secret = config.web.oidc.client_secret
        named.append((("web", "auth", "oidc", "client_secret"), secret))
    return ((place, one) for place, one in named if one is not None)


def find_named_by_stacks(config: FleetConfig) -> Iterator[tuple[Place, str, str]]:
    """The variables of fleet.yaml that an account's stacks see as their secrets: place, what is
    wrong, and the way out."""
    for place, reference in list_references(config):
        if reference.kind != "env":
            continue
        for account in config.accounts.values():
            prefix = account.secrets_prefix or SECRET_PREFIX
            if reference.name.startswith(prefix):
                what = f"stack files of the account {account.name} could name {reference.name}"
                yield place, what, f"give it a name that does not begin with {prefix}"
                break


def find_given_to_commands(config: FleetConfig) -> Iterator[tuple[Place, str, str]]:
    """The variables for the commands of an account's secrets that are no business of theirs, such
    as a credential of the fleet: place, what is wrong, and the way out."""
    credentials = {one.name for _, one in list_references(config) if one.kind == "env"}
    for account in config.accounts.values():
        others = [one for one in config.accounts.values() if one.name != account.name]
        for index, name in enumerate(account.command_variables):
            owner = next(
                (one for one in others if name.startswith(one.secrets_prefix or SECRET_PREFIX)),
                None,
            )
            if name in credentials:
                what = f"{name} is a credential of the fleet"
            elif owner is not None:
                what = f"{name} is a secret of the account {owner.name}"
            else:
                continue
            place = ("accounts", account.name, "secrets", "variables", index)
            yield place, what, "give the command a variable of its own"


def find_below_sources(config: FleetConfig) -> Iterator[tuple[Place, str, str]]:
    """The files of fleet.yaml that are in the folder of a source, where stack files can name them:
    place, what is wrong, and the way out."""
    for place, reference in list_references(config):
        if reference.kind != "file":
            continue
        path = posixpath.normpath(reference.path)
        for source in config.sources:
            if source.folder is not None and _is_below(path, posixpath.normpath(source.folder)):
                what = f"stack files of the source {source.name} may be able to name {path}"
                yield place, what, "keep it outside of the folders of sources"
                break


def _is_below(path: str, folder: str) -> bool:
    if folder == ".":
        return not posixpath.isabs(path) and not path.startswith("../")
    return path.startswith(folder.rstrip("/") + "/")
