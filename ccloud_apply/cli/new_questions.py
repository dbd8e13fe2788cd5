"""What `new` asks: the stack's name, the new servers, and which existing ones to adopt.

A flag that is given is not asked for; it is held against the catalogue all the same.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from ccloud_apply.cli.interview import Choices, Interview
from ccloud_apply.cli.params.new import TYPES, AdoptFlags, NewServerFlags
from ccloud_apply.errors import UsageError
from ccloud_apply.model.declared.first_stack import NewServer
from ccloud_apply.model.limits import MAX_COUNT, Limits
from ccloud_apply.model.live.account import Image, LiveServer
from ccloud_apply.model.live.catalog import PoolPrices
from ccloud_apply.model.ownership import KEY_RULE, STACK_RULE, is_key, is_stack_name
from ccloud_apply.model.text import join_names
from ccloud_apply.render.lib.table import render_table
from ccloud_apply.workflows.new import defaults
from ccloud_apply.workflows.new.offer import Offer

_MAX_SERVERS = 20
_NAMED = ("servers", "pools", "images")


class Questions:
    """Asks for what the flags leave open; without an interview the defaults are taken."""

    def __init__(
        self, interview: Interview | None, offer: Offer, server: NewServerFlags, limits: Limits
    ) -> None:
        self._interview = interview
        self._offer = offer
        self._flags = server
        self._limits = limits

    async def stack_name(self, default: str) -> str:
        """The stack's name; one that has live servers is asked for again."""
        offer = self._offer

        def check(answer: str) -> str:
            if not is_stack_name(answer):
                return f"a stack's name is {STACK_RULE}"
            if offer.has_stack(answer):
                return f"the stack {answer} has live servers already: choose another name"
            return ""

        if self._flags.stack is not None or self._interview is None:
            return self._flags.stack or default
        return await self._interview.text("Name of the stack", default, check)

    async def new_server(self) -> NewServer:
        """The entry for new servers."""
        flags = self._flags
        key = await self._key()
        count = await self._number("How many", flags.count, 1, 1, MAX_COUNT)
        pool = await self._pool()
        type_name = await self._type()
        image = await self._image()
        found = next((one for one in self._offer.images or () if one.image == image), None)
        return NewServer(
            key=key,
            count=count,
            pool=pool,
            type=type_name,
            image=image,
            cores=await self._size("Cores", "cores", flags.cores),
            memory_gb=await self._size("Memory in GB", "memory_gb", flags.memory),
            disks_gb=await self._disks(found),
        )

    async def _key(self) -> str:
        if self._flags.key is not None or self._interview is None:
            return self._flags.key or defaults.KEY
        rule = f"a server's key is {KEY_RULE}"
        return await self._interview.text(
            "Key of the server in the file", defaults.KEY, lambda key: "" if is_key(key) else rule
        )

    async def _pool(self) -> str:
        pools = defaults.offer_pools(self._offer.pools or ())
        names = [pool.pool for pool in pools]
        if self._flags.pool is not None or self._interview is None:
            return _require("--pool", self._flags.pool or "", names)
        if not pools:
            return await self._interview.text("Pool", "", _is_word)
        prices = self._offer.prices
        priced = ("PER CORE", "PER GB MEMORY", "PER GB DISK") if prices else ()
        rows = tuple(
            (pool.pool, pool.name or "-", *(_price_cells(prices.get(pool.pool)) if prices else ()))
            for pool in pools
        )
        choices = Choices(headers=("POOL", "NAME", *priced), rows=rows)
        return await self._interview.choice("Pool", choices, names[0])

    async def _type(self) -> str:
        if self._flags.type_name is not None or self._interview is None:
            return self._flags.type_name or TYPES[0]
        rows = (
            ("unmanaged", "you look after the operating system"),
            ("managed", "the vendor looks after it"),
        )
        choices = Choices(headers=("TYPE", "MEANS"), rows=rows)
        return await self._interview.choice("Type", choices, TYPES[0])

    async def _image(self) -> str:
        images = defaults.offer_images(self._offer.images or ())
        names = [image.image for image in images]
        if self._flags.image is not None or self._interview is None:
            return _require("--image", self._flags.image or "", names)
        if not images:
            return await self._interview.text("Image", "", _is_word)
        rows = tuple(
            (one.image, one.name, one.ostype or "-", _gb(one.min_disk_gb)) for one in images
        )
        choices = Choices(headers=("IMAGE", "NAME", "SYSTEM", "SMALLEST DISK"), rows=rows)
        default = defaults.choose_image(images) or names[0]
        return await self._interview.choice("Image", choices, default)

    async def _size(self, question: str, name: str, given: int | None) -> int:
        default = defaults.SIZES[name]
        most, remark = defaults.most(name, self._limits, self._offer.resources)
        shown = f"{question} ({remark})" if remark else question
        return await self._number(shown, given, default, 1, most)

    async def _number(
        self, question: str, given: int | None, default: int, least: int, most: int
    ) -> int:
        if given is not None or self._interview is None:
            return default if given is None else given
        return await self._interview.number(question, default, least, most)

    async def _disks(self, image: Image | None) -> tuple[int, ...]:
        if self._flags.disk or self._interview is None:
            return self._flags.disk
        least = max(1, 0 if image is None else image.min_disk_gb or 0)
        offered = defaults.offer_disk_gb(image)
        least = min(least, self._limits.disk_gb)
        question = "System disk in GB"
        return (await self._interview.number(question, offered, least, self._limits.disk_gb),)


async def choose_adopted(
    interview: Interview | None, offer: Offer, flags: AdoptFlags
) -> tuple[str, ...]:
    """The hostnames of the servers to adopt. Raises UsageError for one that cannot be."""
    there = offer.adoptable
    names = [server.hostname or "" for server in there]
    if flags.is_given and offer.account is None:
        why = offer.unread.get("servers", "")
        raise UsageError(f"the account's servers cannot be read, so none is adopted: {why}")
    if flags.adopt_all:
        return tuple(names)
    for hostname in flags.adopt:
        if hostname not in names:
            raise UsageError(
                f"--adopt: the account has no server {hostname} that belongs to no stack",
                hint=_suggest(hostname, names),
            )
    if flags.adopt or interview is None or not there:
        return tuple(dict.fromkeys(flags.adopt))
    return await _ask_adopted(interview, there, names)


async def _ask_adopted(
    interview: Interview, there: Sequence[LiveServer], names: Sequence[str]
) -> tuple[str, ...]:
    rows = [
        (server.hostname or "", server.custom_name or "-", server.os_name or "-")
        for server in there[:_MAX_SERVERS]
    ]
    table = render_table(("SERVER", "CUSTOM NAME", "SYSTEM"), rows)
    rest = f"\n… and {len(there) - _MAX_SERVERS:,} more" if len(there) > _MAX_SERVERS else ""
    interview.tell(f"\nServers of the account that belong to no stack:\n{table.rstrip()}{rest}")
    interview.tell("Adopted, they are managed by this stack. That changes nothing but their tags.")

    def check(answer: str) -> str:
        wrong = [name for name in _words(answer) if name not in names]
        if answer.lower() in ("y", "yes", "n", "no") or not wrong:
            return ""
        return f"there is no {wrong[0]} among them"

    question = "Adopt them? y for all, n for none, or hostnames"
    answer = await interview.text(question, "n", check)
    if answer.lower() in ("y", "yes"):
        return tuple(names)
    return () if answer.lower() in ("n", "no") else tuple(dict.fromkeys(_words(answer)))


def tell_unread(offer: Offer) -> str:
    """What could not be read, and what follows from it; an empty text if nothing."""
    unread = {name: why for name, why in offer.unread.items() if name in _NAMED}
    if not unread:
        return ""
    names = " and ".join(filter(None, (", ".join([*unread][:-1]), [*unread][-1])))
    why = next(iter(unread.values()))
    return f"the account's {names} cannot be read, so names are not checked: {why}"


def _words(answer: str) -> list[str]:
    return answer.replace(",", " ").split()


def _is_word(answer: str) -> str:
    return "" if answer.isprintable() and " " not in answer else "write one word"


def _require(flag: str, given: str, names: Sequence[str]) -> str:
    """The given name. Raises UsageError for one that the catalogue does not have."""
    if names and given not in names:
        raise UsageError(f"{flag}: there is no {given}", hint=_suggest(given, names))
    return given


def _suggest(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"there are {join_names(names, most=10)}" if names else ""


def _price_cells(prices: PoolPrices | None) -> tuple[str, ...]:
    told: tuple[Any, ...] = (None,) * 3
    if prices is not None:
        told = (prices.cores, prices.memory, prices.disk)
    return tuple("-" if one is None else f"{one}" for one in told)


def _gb(size: int | None) -> str:
    return "-" if size is None else f"{size} GB"
