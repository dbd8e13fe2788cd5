"""Hands options that belong together to a command as one value."""

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def gather(**kinds: type[Any]) -> Callable[[Function], Function]:
    """Gives a command one value by this name, in place of the options that its fields name.

    A field that the command has no option for keeps its default.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            values = {}
            for name, kind in kinds.items():
                names = [field.name for field in fields(kind) if field.name in options]
                values[name] = kind(**{field: options.pop(field) for field in names})
            return function(*args, **values, **options)

        return call  # type: ignore[return-value]

    return decorate
