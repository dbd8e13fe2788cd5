"""`--webhook`: where an alarm goes, and with which secrets; telling it belongs to api/webhook.py.

Neither a stack file nor a flag holds a secret: the token and the key come from the environment.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ccloud_apply.api.proxy import choose_proxy
from ccloud_apply.cli.settings import read_secret

if TYPE_CHECKING:
    from ccloud_apply.api.webhook import Webhook


def read_webhook(flag: str | None, environment: Mapping[str, str]) -> "Webhook | None":
    """The webhook of the flag, or of CCLOUD_WEBHOOK. Raises UsageError for one that is no good."""
    url = flag or environment.get("CCLOUD_WEBHOOK")
    if not url:
        return None
    from ccloud_apply.api.webhook import Webhook, check_webhook

    webhook = Webhook(
        url=url,
        token=read_secret(environment, "CCLOUD_WEBHOOK_TOKEN"),
        key=read_secret(environment, "CCLOUD_WEBHOOK_KEY"),
        ca_file=environment.get("SSL_CERT_FILE") or None,
        proxy=choose_proxy(url, environment),
    )
    check_webhook(webhook)
    return webhook
