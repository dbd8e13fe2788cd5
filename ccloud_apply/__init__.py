"""Infrastructure as code for the centron ccloud.

The version is in a module that the build writes: reading package metadata at start-up costs more
than the whole of `--version` should. The functions of the Python API are imported when they are
asked for. `load`, `plan` and `apply` are packages too: whoever calls one calls the function.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccloud_apply.workflows.library import (
        Applied,
        CcloudApplyError,
        Connection,
        Execution,
        Exported,
        Inventory,
        Limits,
        Planned,
        PlanOptions,
        apply,
        drift,
        export,
        inventory,
        load,
        plan,
        rehearse,
    )

try:
    from ccloud_apply._version import __version__ as __version__
except ImportError:  # a copy of the files that was never installed
    __version__ = "0+unknown"

__all__ = [
    "Applied",
    "CcloudApplyError",
    "Connection",
    "Execution",
    "Exported",
    "Inventory",
    "Limits",
    "PlanOptions",
    "Planned",
    "apply",
    "drift",
    "export",
    "inventory",
    "load",
    "plan",
    "rehearse",
]

_LIBRARY = "ccloud_apply.workflows.library"
_PACKAGES = frozenset({"load", "plan", "apply"})


class _CalledPackage(ModuleType):
    """A package of this one that is also a function of the API, by the same name."""

    @property
    def __wrapped__(self) -> Any:
        return getattr(import_module(_LIBRARY), self.__name__.rpartition(".")[2])

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.__wrapped__(*args, **options)


class _Root(ModuleType):
    """The package itself: Python sets each imported package inside as an attribute of it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PACKAGES and isinstance(value, ModuleType):
            value.__class__ = _CalledPackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Root


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    if name in __all__:
        return getattr(import_module(_LIBRARY), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
