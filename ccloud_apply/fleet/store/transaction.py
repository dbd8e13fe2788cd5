"""What transactions of both databases have in common: after a statement that failed nothing of them
is kept, whoever has caught its error."""

from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Dialect, Row
from ccloud_apply.fleet.store.dialect import clean_parameters, render


class BaseTransaction:
    """Renders statements and cleans their parameters for the two functions of a subclass."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._is_broken = False

    async def execute(self, statement: str, **parameters: Any) -> int:
        return (await self._run(statement, parameters))[1]

    async def fetch(self, statement: str, **parameters: Any) -> Sequence[Row]:
        return (await self._run(statement, parameters))[0]

    async def fetch_one(self, statement: str, **parameters: Any) -> Row | None:
        rows = await self.fetch(statement, **parameters)
        return rows[0] if rows else None

    async def execute_many(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        text = render(statement, self._dialect)
        values = [clean_parameters(row) for row in rows]
        was_broken, self._is_broken = self._is_broken, True
        await self._do_many(text, values)
        self._is_broken = was_broken

    def check(self) -> None:
        """Raise StoreError if a statement has failed or was cut off: PostgreSQL keeps nothing of
        such a transaction, and SQLite would keep a part."""
        if self._is_broken:
            raise StoreError("a statement of this transaction has failed, so nothing of it is kept")

    async def _run(self, statement: str, values: Mapping[str, Any]) -> tuple[list[Row], int]:
        text = render(statement, self._dialect)
        was_broken, self._is_broken = self._is_broken, True
        found = await self._do(text, clean_parameters(values))
        self._is_broken = was_broken
        return found

    async def _do(self, text: str, values: Mapping[str, Any]) -> tuple[list[Row], int]:
        """The rows, and how many were touched."""
        raise NotImplementedError

    async def _do_many(self, text: str, rows: Sequence[Mapping[str, Any]]) -> None:
        raise NotImplementedError
