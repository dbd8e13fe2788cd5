"""A catalogue of the account as rows. What a row means belongs to `model/live/catalog.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The rows of one `kind`, such as pools. A row maps column names to JSON-like values."""

    kind: str
    rows: Sequence[Mapping[str, Any]]
