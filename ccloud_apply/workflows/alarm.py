"""Tells drift to a webhook, as a CloudEvent; how it is sent belongs to api/webhook.py."""

from random import random

from ccloud_apply.api.webhook import Webhook, send_message
from ccloud_apply.clock import Clock
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.drift.event import CONTENT_TYPE, render_drift_event


async def tell_drift(webhook: Webhook, report: DriftReport, clock: Clock) -> None:
    """Tell it, where there is any. Raises WebhookError: an alarm that nobody got is an error."""
    text = render_drift_event(report)
    if text is not None:
        await send_message(webhook, text.encode(), CONTENT_TYPE, clock=clock, random=random)
