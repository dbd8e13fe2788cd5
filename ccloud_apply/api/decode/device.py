"""Devices of a server other than disks: DVD drives, ISO images, boot order, network adapters."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.api.decode.shape import (
    Unreadable,
    need_int,
    need_text,
    read_int,
    read_list,
    read_object,
    read_text,
    read_texts,
)
from ccloud_apply.model.live.account import BootDevice, LiveAdapter, LiveDrive
from ccloud_apply.model.live.catalog import AccountAddress, Iso, SubnetAddress


def decode_drives(value: Any) -> tuple[LiveDrive, ...]:
    """The drives of `list_server_dvds`, in the API's order."""
    return tuple(
        LiveDrive(id=need_text(row, "id", at), path=read_text(row, "path", at))
        for row, at in _rows(value)
    )


def decode_isos(value: Any) -> tuple[Iso, ...]:
    """The images of `list_server_isos`. One without a name is left out: it cannot be mounted."""
    # Oddity: `GET .../isos`, `/ccloud/os`, `/ccloud/rollouts`
    return tuple(
        Iso(name=name, path=read_text(row, "fullName", at))
        for row, at in _rows(value)
        if (name := read_text(row, "name", at)) is not None
    )


def decode_boot_order(value: Any) -> tuple[BootDevice, ...]:
    """The devices of `get_server_boot_order`, in the order in which they are tried."""
    # Oddity: `GET .../bootorder`: the list's own order counts
    return tuple(
        BootDevice(
            id=need_int(row, "id", at),
            type=read_text(row, "type", at),
            device=read_text(row, "bootDevice", at),
        )
        for row, at in _rows(value)
    )


def decode_adapters(value: Any) -> tuple[LiveAdapter, ...]:
    """The adapters of `list_server_network_adapters`, in the API's order."""
    # Oddity: `VMNetModel`
    return tuple(
        LiveAdapter(
            id=read_text(row, "id", at),
            addresses=None if row.get("ipAdresse") is None else read_texts(row, "ipAdresse", at),
        )
        for row, at in _rows(value)
    )


def decode_addresses(value: Any) -> Mapping[str, tuple[str, ...]]:
    """The addresses of `list_ips`, by the hostname of their server. A free one has none."""
    found: dict[str, list[str]] = {}
    for address in decode_account_addresses(value):
        if address.hostname is not None:
            found.setdefault(address.hostname, []).append(address.ip)
    return {hostname: tuple(ips) for hostname, ips in found.items()}


def decode_account_addresses(value: Any) -> tuple[AccountAddress, ...]:
    """The entries of `list_ips` with an address, in the API's order."""
    return tuple(
        AccountAddress(
            ip=ip,
            hostname=read_text(row, "hostname", at),
            subnet=read_text(row, "subnetname", at),
        )
        for row, at in _rows(value)
        if (ip := _read_ip(row, at)) is not None
    )


def decode_subnet_addresses(value: Any) -> tuple[SubnetAddress, ...]:
    """The entries of `list_subnet_ips` with an address, in the API's order."""
    # Oddity: `GET /ccloud/network/subnets/{id}/ips`
    return tuple(
        SubnetAddress(
            ip=ip,
            hostname=read_text(row, "hostname", at),
            server_id=read_int(row, "server_id", at),
        )
        for row, at in _rows(value)
        if (ip := _read_ip(row, at)) is not None
    )


def _read_ip(row: Any, at: str) -> str | None:
    if "ip" not in row:  # no address at all, such as a list in a wrapper by another name
        raise Unreadable(f"{at}.ip: it is missing")
    return read_text(row, "ip", at)


def decode_new_address(value: Any) -> str | None:
    """The address that `add_server_ip` answers; None where it tells none: reads have to."""
    # Oddity: `POST .../network/{adapter_id}/ip`
    rows = value if isinstance(value, list) else [value]
    row = rows[0] if len(rows) == 1 and isinstance(rows[0], dict) else {}
    address = row.get("ip_address", row.get("ip"))
    return address.strip() or None if isinstance(address, str) else None


def decode_listed_adapters(value: Any) -> tuple[LiveAdapter, ...] | None:
    """A server's adapters as the server list shows them; None if it does not.

    Few stacks need them and every server has them, so this must be fast. An adapter that is not as
    documented makes all of them unknown.
    """
    try:
        found = [
            LiveAdapter(id=row["id"], addresses=tuple([ip["ip"] for ip in row["ip_addresses"]]))
            for row in value
        ]
    except (TypeError, KeyError):
        return None
    texts = [text for one in found for text in (one.id, *(one.addresses or ()))]
    if not all([type(text) is str for text in texts]):
        return None
    return tuple(found)


def _rows(value: Any) -> list[tuple[Any, str]]:
    return [
        (read_object(row, f"[{index}]"), f"[{index}]") for index, row in enumerate(read_list(value))
    ]
