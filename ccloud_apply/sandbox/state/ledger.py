"""SQL for the account's contracts: subscriptions, addons of the account, invoices.

It runs in the store's transactions. Which servers a subscription accepts belongs to
sandbox/rules/admission.py, what a month costs to sandbox/rules/billing.py.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import cast

from ccloud_apply.sandbox.state.record import InvoiceRecord, SubscriptionRecord

SORTABLE_SUBSCRIPTIONS = ("id", "name", "display_name", "pool", "start_date", "end_date")


class Ledger:
    """The part of a store for the account itself, not its servers."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add_subscription(
        self, subscription: SubscriptionRecord, *, subscription_id: int | None = None
    ) -> None:
        """Adds a subscription under a new id, or under `subscription_id`.

        An existing one of that name stays.
        """
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO subscriptions"
            " (id, name, display_name, pool, start_date, end_date, record)"
            " VALUES (?, ?, '', '', '', '', '')",
            (subscription_id, subscription["name"]),
        )
        if cursor.rowcount:
            subscription["id"] = cast("int", cursor.lastrowid)
            self.write_subscription(subscription)

    def write_subscription(self, subscription: SubscriptionRecord) -> None:
        """Updates a subscription that was added before."""
        self._db.execute(
            "UPDATE subscriptions SET display_name = ?, pool = ?, start_date = ?, end_date = ?,"
            " record = ? WHERE id = ?",
            (
                subscription["display_name"],
                subscription["pool"],
                subscription["start_date"],
                subscription["end_date"],
                json.dumps(subscription),
                subscription["id"],
            ),
        )

    def find_subscription(self, subscription_id: int) -> SubscriptionRecord | None:
        """The subscription with that id."""
        return self._find("id", subscription_id)

    def find_subscription_by_name(self, name: str) -> SubscriptionRecord | None:
        """The subscription with that name, `S328100-001`."""
        return self._find("name", name)

    def _find(self, column: str, value: object) -> SubscriptionRecord | None:
        sql = f"SELECT record FROM subscriptions WHERE {column} = ?"  # noqa: S608 (our own names)
        row = self._db.execute(sql, (value,)).fetchone()
        return None if row is None else cast("SubscriptionRecord", json.loads(row[0]))

    def list_subscriptions(
        self,
        *,
        search: str | None = None,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int = -1,
        offset: int = 0,
    ) -> tuple[list[SubscriptionRecord], int]:
        """A page of the subscriptions and how many there are in all; without a limit, all."""
        where = "instr(lower(name || char(10) || display_name || char(10) || pool), ?)"
        word = (search or "").lower()
        total = self._db.execute(
            f"SELECT count(*) FROM subscriptions WHERE {where}",  # noqa: S608
            (word,),
        ).fetchone()[0]
        rows = self._db.execute(
            f"SELECT record FROM subscriptions WHERE {where}"  # noqa: S608
            f" ORDER BY {order_by(sort, SORTABLE_SUBSCRIPTIONS)}id LIMIT ? OFFSET ?",
            (word, limit, offset),
        )
        return [json.loads(row[0]) for row in rows], total

    def list_addons(self) -> dict[str, int]:
        """The account's addons: name and count."""
        return dict(self._db.execute("SELECT name, count FROM account_addons ORDER BY name"))

    def write_addon(self, name: str, count: int) -> None:
        """Sets how many of an addon the account has."""
        self._db.execute("INSERT OR REPLACE INTO account_addons VALUES (?, ?)", (name, count))

    def remove_addon(self, name: str) -> bool:
        """Takes an addon from the account; whether there was one."""
        cursor = self._db.execute("DELETE FROM account_addons WHERE name = ?", (name,))
        return cursor.rowcount > 0

    def add_invoice(self, invoice: InvoiceRecord) -> None:
        """Adds the invoice of a month and gives it its id; one that is there stays."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO invoices (month, record) VALUES (?, '')", (_month(invoice),)
        )
        if cursor.rowcount:
            invoice["id"] = cast("int", cursor.lastrowid)
            self._db.execute(
                "UPDATE invoices SET record = ? WHERE id = ?", (json.dumps(invoice), invoice["id"])
            )

    def list_invoices(self) -> list[InvoiceRecord]:
        """The invoices, oldest first."""
        rows = self._db.execute("SELECT record FROM invoices ORDER BY month")
        return [json.loads(row[0]) for row in rows]

    def find_invoice(self, invoice_id: int) -> InvoiceRecord | None:
        """The invoice with that id."""
        sql = "SELECT record FROM invoices WHERE id = ?"
        row = self._db.execute(sql, (invoice_id,)).fetchone()
        return None if row is None else cast("InvoiceRecord", json.loads(row[0]))


def order_by(sort: Sequence[tuple[str, bool]], sortable: Sequence[str]) -> str:
    """The beginning of an ORDER BY: (column, descending); column names are our own, never sent."""
    chosen = [(column, descending) for column, descending in sort if column in sortable]
    return "".join(f"{column} {'DESC' if down else 'ASC'}, " for column, down in chosen)


def _month(invoice: InvoiceRecord) -> str:
    return f"{invoice['year']:04}-{invoice['month']:02}"
