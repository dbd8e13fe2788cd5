"""Another reading of the API document for the embedded API of this process."""

from functools import partial
from typing import Any

import pytest

from ccloud_apply.sandbox.options import SandboxOptions


def choose_reading(monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Serve the account by these options from now on."""
    monkeypatch.setattr(
        "ccloud_apply.sandbox.options.SandboxOptions", partial(SandboxOptions, **options)
    )
