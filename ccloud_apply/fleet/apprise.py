"""Tells people by Apprise, which knows mail, chats and pagers. It belongs to the extra
`fleet-notify`, and nothing else imports it."""

import asyncio
import logging
from typing import TYPE_CHECKING

from ccloud_apply.errors import UsageError, WebhookError
from ccloud_apply.home import install_hint
from ccloud_apply.render.fleet.change import render_change_text, render_change_title

if TYPE_CHECKING:
    from apprise import Apprise


async def tell_by_apprise(url: str, event: str) -> None:
    """Send the CloudEvent as text to an address of Apprise, which is a secret.

    Raises WebhookError, and UsageError for an address that Apprise does not know or where it is
    not installed.
    """
    people = await asyncio.to_thread(open_people, url)  # it loads all plug-ins at the first one
    title, text = render_change_title(event), render_change_text(event)
    if not await people.async_notify(body=text, title=title, body_format="text"):
        raise WebhookError("Apprise could not deliver it")


def open_people(url: str) -> "Apprise":
    """Whom the address names; nothing is sent. Raises UsageError as `tell_by_apprise` does."""
    try:
        from apprise import Apprise, AppriseAsset
    except ImportError as error:
        raise UsageError(
            "a sink of Apprise needs the package apprise",
            hint=install_hint("fleet-notify"),
        ) from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines quote addresses
    people = Apprise(asset=AppriseAsset(secure_logging=True))
    if not people.add(url):
        raise UsageError(
            "the address of the sink is not one that Apprise knows",
            hint="try it with `apprise --body test ADDRESS`",
        )
    return people
