"""All aspects and all effects, found in `fields/`. Aspects come in the order of their changes."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

from ccloud_apply.aspects import fields
from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.effects import Effect
from ccloud_apply.operations import OPERATIONS


def place_in_file(aspect: Aspect) -> int:
    """By which the fields of an entry are sorted in a file that is written."""
    return aspect.order if aspect.file_order is None else aspect.file_order


def _subclasses(parent: type[Aspect]) -> Iterator[type[Aspect]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)


def _import_fields() -> tuple[ModuleType, ...]:
    found = pkgutil.walk_packages(fields.__path__, f"{fields.__name__}.")
    return tuple(importlib.import_module(module.name) for module in found)


def _find_aspects() -> dict[str, Aspect]:
    # A class that joins two shapes is a subclass of both.
    found = [child() for child in dict.fromkeys(_subclasses(Aspect)) if child.field]
    found.sort(key=lambda aspect: (aspect.order, aspect.field))
    by_field = {aspect.field: aspect for aspect in found}
    if len(by_field) != len(found):
        raise TypeError("two aspects have the same field")
    return by_field


def _find_effects(modules: Sequence[ModuleType]) -> dict[str, Effect]:
    found = [effect for module in modules for effect in vars(module).get("EFFECTS", ())]
    by_operation = {effect.operation_id: effect for effect in found}
    if len(by_operation) != len(found):
        raise TypeError("two effects have the same operation")
    operations = (name for aspect in ASPECTS.values() for name in aspect.operations)
    plain = (name for name in operations if OPERATIONS[name].repeat != "never")
    return {**{name: Effect(operation_id=name) for name in plain}, **by_operation}


_MODULES = _import_fields()

ASPECTS: Mapping[str, Aspect] = _find_aspects()

EFFECTS_BY_OPERATION: Mapping[str, Effect] = _find_effects(_MODULES)
"""The effect of every operation that changes something; `create_server` has a protocol instead.

The `EFFECTS` of a module tell more of an operation than that a value is set or deleted.
"""

OWNERSHIP_OPERATION = next(
    e.operation_id for e in EFFECTS_BY_OPERATION.values() if e.takes_ownership
)
"""The operation that sets the tags of ours."""
