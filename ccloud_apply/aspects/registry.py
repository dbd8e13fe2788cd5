"""All aspects, found in `fields/`, in the order in which a server is changed."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from ccloud_apply.aspects import fields
from ccloud_apply.aspects.base import Aspect


def _subclasses(parent: type[Aspect]) -> Iterator[type[Aspect]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)


def _find_aspects() -> dict[str, Aspect]:
    for module in pkgutil.walk_packages(fields.__path__, f"{fields.__name__}."):
        importlib.import_module(module.name)
    # A class that joins two shapes is a subclass of both.
    found = [child() for child in dict.fromkeys(_subclasses(Aspect)) if child.field]
    found.sort(key=lambda aspect: (aspect.order, aspect.field))
    by_field = {aspect.field: aspect for aspect in found}
    if len(by_field) != len(found):
        raise TypeError("two aspects have the same field")
    return by_field


ASPECTS: Mapping[str, Aspect] = _find_aspects()
