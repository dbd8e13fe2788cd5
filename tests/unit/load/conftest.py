"""What the loader's tests share: a short way to load a text."""

from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.text.node import from_plain, start_of
from ccloud_apply.model.declared.reference import Reference


class Load(Protocol):
    """Loads a text as `stack.yaml`."""

    def __call__(
        self,
        text: str | bytes,
        *,
        flags: Mapping[str, str] | None = None,
        file: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        missing: tuple[str, ...] = (),
        may_be_unknown: bool = False,
    ) -> Loaded: ...


@pytest.fixture(scope="session")
def load() -> Load:
    def load_text(
        text: str | bytes,
        *,
        flags: Mapping[str, str] | None = None,
        file: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        missing: tuple[str, ...] = (),
        may_be_unknown: bool = False,
    ) -> Loaded:
        def look(reference: Reference) -> str | None:
            return f"there is no file {reference.name}" if reference.name in missing else None

        given = file or {}
        return load_stack(
            text.encode() if isinstance(text, str) else text,
            path="stack.yaml",
            variables=VariableSources(
                flags=flags or {},
                file={name: from_plain(v, start_of("vars.yaml")) for name, v in given.items()},
                environment=environment or {},
                may_be_unknown=may_be_unknown,
            ),
            look=look,
        )

    return load_text
