"""The catalogues: what can be ordered, what it costs, how much of it is allowed."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from ccloud_apply.api.decode.shape import (
    Unreadable,
    need_int,
    need_text,
    read_amount,
    read_flag,
    read_int,
    read_list,
    read_object,
    read_text,
    read_texts,
    to_int,
)
from ccloud_apply.model.live.account import Image
from ccloud_apply.model.live.catalog import (
    Addon,
    AvailableGpu,
    Gpu,
    License,
    Pool,
    PoolPrices,
    ResourceInfo,
    Resources,
    Rollout,
    Subnet,
    Vpc,
)
from ccloud_apply.model.results.cost import Quote

Entry = TypeVar("Entry")
Row = Mapping[str, Any]


def _decode_each(value: Any, decode: Callable[[Row, str], Entry]) -> tuple[Entry, ...]:
    return tuple(
        decode(read_object(row, f"[{index}]"), f"[{index}]")
        for index, row in enumerate(read_list(value))
    )


def decode_images(value: Any) -> tuple[Image, ...]:
    """The images of `list_os`."""
    return _decode_each(value, _decode_image)


def _decode_image(row: Row, at: str) -> Image:
    image = need_text(row, "image", at)
    return Image(
        image=image,
        name=read_text(row, "name", at) or image,
        min_disk_gb=_read_min_disk(row),
        ostype=read_text(row, "ostype", at),
        has_cloud_init=read_flag(row, "cloud_init_support", at),
    )


def _read_min_disk(row: Row) -> int | None:
    # Oddity: `min_disk` in `/ccloud/os` is a string
    value = row.get("min_disk")
    try:
        return None if value is None else to_int(value, "")
    except Unreadable:
        return None


def decode_pools(value: Any) -> tuple[Pool, ...]:
    """The pools of `list_pools`."""
    return _decode_each(
        value,
        lambda row, at: Pool(
            pool=need_text(row, "tag", at),
            name=read_text(row, "name", at),
            description=_describe(row, at),
            is_active=read_flag(row, "nagios_active", at),
            has_gpus=read_flag(row, "gpu_supported", at),
        ),
    )


def decode_addons(value: Any) -> tuple[Addon, ...]:
    """The addons of `list_addons`. The API document gives prices no currency or period."""
    return _decode_each(
        value,
        lambda row, at: Addon(
            name=need_text(row, "name", at),
            description=_describe(row, at),
            supported_os=read_texts(row, "supported_os", at),
            is_addable=read_flag(row, "addable", at),
            is_deletable=read_flag(row, "deletable", at),
            price=read_amount(row, "price", at),
            setup_fee=read_amount(row, "setup_fee", at),
        ),
    )


def decode_rollouts(value: Any) -> tuple[Rollout, ...]:
    """The rollouts of `list_rollouts`."""
    return _decode_each(
        value,
        lambda row, at: Rollout(
            rollout=need_text(row, "rollout", at),
            name=read_text(row, "name", at),
            type=read_text(row, "type", at),
            description=_describe(row, at),
            valid_for=read_texts(row, "valid_for", at),
            depends_on=read_texts(row, "depends_on", at),
            is_managed_only=read_flag(row, "managed_only", at),
        ),
    )


def decode_subnets(value: Any) -> tuple[Subnet, ...]:
    """The subnets of `list_subnets`. `mask_bits` can be text, `nameservers` a list in a list."""
    return _decode_each(value, _decode_subnet)


def _decode_subnet(row: Row, at: str) -> Subnet:
    return Subnet(
        id=need_int(row, "id", at),
        name=read_text(row, "name", at),
        type=read_text(row, "type", at),
        network=read_text(row, "network", at),
        gateway=read_text(row, "gateway", at),
        mask_bits=read_int(row, "mask_bits", at),
        nameservers=read_texts(row, "nameservers", at),
    )


def decode_vpcs(value: Any) -> tuple[Vpc, ...]:
    """The VPCs of `list_vpcs`. `subnets` is a list in a list."""
    return _decode_each(
        value,
        lambda row, at: Vpc(
            id=read_text(row, "id", at),
            name=read_text(row, "name", at),
            type=read_text(row, "type", at),
            subnets=_decode_subnets_of(row, f"{at}.subnets"),
        ),
    )


def _decode_subnets_of(vpc: Row, at: str) -> tuple[Subnet, ...] | None:
    told = vpc.get("subnets")
    if told is None:
        return None
    rows = read_list(told, at)
    return tuple(
        _decode_subnet(read_object(row, f"{at}[{index}]"), f"{at}[{index}]")
        for index, row in enumerate(rows)
    )


def decode_gpus(value: Any) -> tuple[Gpu, ...]:
    """The GPU models of `list_gpus`."""
    return _decode_each(
        value,
        lambda row, at: Gpu(
            id=need_int(row, "id", at),
            name=read_text(row, "name", at),
            addon=read_text(row, "addon_name", at),
            description=_describe(row, at),
            pools=read_texts(row, "pools", at),
        ),
    )


def decode_available_gpus(value: Any) -> tuple[AvailableGpu, ...]:
    """The GPU models of `list_server_gpus`, with the number that is left."""
    return _decode_each(
        value,
        lambda row, at: AvailableGpu(
            addon=read_text(row, "addon_name", at),
            name=read_text(row, "name", at),
            count=read_int(row, "count", at),
        ),
    )


def decode_licenses(value: Any) -> tuple[License, ...]:
    """The licences of `list_licenses`."""
    return _decode_each(
        value,
        lambda row, at: License(
            id=need_int(row, "id", at),
            title=read_text(row, "title", at),
            price=read_amount(row, "price", at),
        ),
    )


def decode_prices(value: Any, pool: str) -> PoolPrices:
    """The prices of `get_pool_prices` for one core, one GB of memory and one GB of disk."""
    rows = read_list(value)
    if len(rows) != 1:
        raise Unreadable(f"expected the prices of one pool, got {len(rows)}")
    row = read_object(rows[0], "")
    return PoolPrices(
        pool=pool,
        cores=read_amount(row, "cores", ""),
        memory=read_amount(row, "memory", ""),
        disk=read_amount(row, "disk", ""),
    )


def decode_quote(value: Any) -> Quote:
    """The quote of `create_quote`. Raises Unreadable if the monthly total is missing."""
    rows = read_list(value)
    if len(rows) != 1:
        raise Unreadable(f"expected one quote, got {len(rows)}")
    row = read_object(rows[0], "")
    monthly, fees = (read_amount(row, name, "") for name in ("monthly_total", "setup_fee_total"))
    if monthly is None:
        raise Unreadable("monthly_total is missing")
    addons = row.get("addons") or {}
    return Quote(
        monthly_total=monthly,
        setup_fee_total=fees or Decimal(0),
        addon_fees={
            name: read_amount(read_object(addon, f"addons.{name}"), "setup_fee", "") or Decimal(0)
            for name, addon in (read_object(addons, "addons") if addons else {}).items()
        },
    )


def decode_resource_info(value: Any) -> ResourceInfo:
    """The limits of `get_resource_info`; for an unlimited account `limits` may be null."""
    rows = read_list(value)
    if len(rows) != 1:
        raise Unreadable(f"expected one object, got {len(rows)}")
    row = read_object(rows[0], "")
    return ResourceInfo(
        is_limited=bool(read_flag(row, "resources_limited", "")),
        usage=_decode_resources(row.get("usage"), "usage"),
        limits=_decode_resources(row.get("limits"), "limits"),
    )


def _decode_resources(value: Any, place: str) -> Resources:
    row = read_object(value, place) if value else {}
    return Resources(
        cores=read_int(row, "cores", place),
        memory_gb=read_int(row, "memory", place),
        disk_gb=read_int(row, "disk", place),
    )


def _describe(row: Row, at: str) -> str | None:
    return read_text(row, "desc_en", at) or read_text(row, "desc_de", at)
