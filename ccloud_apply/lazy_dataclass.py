"""`dataclass` as in the standard library, whose methods cost nothing until they are used.

The standard library compiles six methods of each class while its module is imported: a third of a
millisecond for a class, of which a command imports hundreds and uses few. Here `__init__` is
compiled for a class with more than a few instances, and the other methods are plain functions. What
a field is, slots and `__match_args__` are still the standard library's, so `fields`, `replace` and
`asdict` work; the `replace` here is faster. Not offered: `InitVar`, `order`, `unsafe_hash`,
`weakref_slot`.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        kw_only: bool = False,
        eq: bool = True,
    ) -> Any:
        """The decorator: options and behaviour as those of `dataclasses.dataclass`."""

        def build(cls: type) -> type:
            cls.__doc__ = cls.__doc__ or cls.__name__  # else one is made of the signature, slowly
            bare = dataclasses.dataclass(
                cls, init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
            )
            _add_methods(bare, is_frozen=frozen, has_eq=eq)
            return bare

        return build if cls is None else build(cls)

    def replace(obj: Any, /, **changes: Any) -> Any:
        """A copy with other values of some fields, as `dataclasses.replace`, in half its time."""
        cls = obj.__class__
        copier = _COPIERS.get(cls)
        if copier is None:
            copier = _COPIERS[cls] = _compile_copier(cls)
        return copier(obj, changes)


__all__ = ["dataclass", "replace"]

_COPIERS: dict[type, Callable[[Any, dict[str, Any]], Any]] = {}
"""What copies an instance of a class: compiled by the first copy, as `__init__` is."""


def _add_methods(cls: Any, *, is_frozen: bool, has_eq: bool) -> None:
    """Add what the class does not define itself."""
    own = dict(vars(cls))
    methods: dict[str, Any] = {"__init__": _lazy_init(cls, is_frozen), "__repr__": _repr}
    if has_eq:
        methods.update(_comparison(cls, is_frozen))
    if is_frozen:
        methods.update(__setattr__=_refuse_assignment, __delattr__=_refuse_deletion)
        methods.update(__getstate__=_get_state, __setstate__=_set_state)
    for name, method in methods.items():
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(cls, name, method)


_FEW = 3
"""So many instances of a class are filled field by field: compiling takes as long as twenty. Of
the hundred classes that a small plan uses, four in five have no more."""


def _lazy_init(cls: Any, is_frozen: bool) -> Callable[..., None]:
    """An `__init__` that fills the first instances; then the compiled one takes its place."""
    filled = 0

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        nonlocal filled
        if filled < _FEW and not args and (values := _choose_values(cls, kwargs)) is not None:
            filled += 1
            put = object.__setattr__ if is_frozen else setattr
            for name, value in values.items():
                put(self, name, value)
            if hasattr(cls, "__post_init__"):
                self.__post_init__()
            return
        if cls.__init__ is __init__:
            cls.__init__ = _compile_init(cls, is_frozen)
        cls.__init__(self, *args, **kwargs)

    return __init__


def _choose_values(cls: Any, given: dict[str, Any]) -> dict[str, Any] | None:
    """The value of each field, as the compiled `__init__` chooses it; None where that would refuse
    what is given, so that it does so in its words."""
    fields = dataclasses.fields(cls)
    named = {field.name for field in fields if field.init}
    needed = (
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )
    if not given.keys() <= named or not all(name in given for name in needed if name in named):
        return None
    values = {}
    for field in fields:
        if field.name in given:
            values[field.name] = given[field.name]
        elif field.default_factory is not dataclasses.MISSING:
            values[field.name] = field.default_factory()
        elif field.default is not dataclasses.MISSING:
            values[field.name] = field.default
    return values


def _compile_init(cls: Any, is_frozen: bool) -> Callable[..., None]:
    names: dict[str, Any] = {"_MISSING": dataclasses.MISSING}
    positional: list[str] = []
    keywords: list[str] = []
    body: list[str] = []
    for field in dataclasses.fields(cls):
        parameter, value = _read_field(field, names)
        if field.init:
            (keywords if field.kw_only else positional).append(parameter)
        if value:
            body.append(_assignment(cls, field.name, value, names, is_frozen))
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    signature = ", ".join(["self", *positional, *(["*", *keywords] if keywords else [])])
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({signature}):\n {lines}", names)  # noqa: S102 as the standard library does
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _read_field(field: "dataclasses.Field[Any]", names: dict[str, Any]) -> tuple[str, str]:
    """Its parameter, and the code of its value, empty if it gets none; `names` gets what it needs.

    A field without `init` has no parameter; what is said of one then does not count.
    """
    name = field.name
    if field.default_factory is not dataclasses.MISSING:
        names[f"_make_{name}"] = field.default_factory
        made = f"_make_{name}()"
        return (
            f"{name}=_MISSING",
            f"{made} if {name} is _MISSING else {name}" if field.init else made,
        )
    if field.default is not dataclasses.MISSING:
        names[f"_default_{name}"] = field.default
        return f"{name}=_default_{name}", name if field.init else f"_default_{name}"
    return name, name if field.init else ""


def _assignment(cls: Any, name: str, value: str, names: dict[str, Any], is_frozen: bool) -> str:
    if not is_frozen:
        return f"self.{name} = {value}"
    slot: Any = getattr(cls, name, None)
    if isinstance(slot, MemberDescriptorType):  # half the time of `object.__setattr__`
        names[f"_set_{name}"] = slot.__set__
        return f"_set_{name}(self, {value})"
    names["_set"] = object.__setattr__
    return f"_set(self, {name!r}, {value})"


def _compile_copier(cls: Any) -> Callable[[Any, dict[str, Any]], Any]:
    """Copies slot by slot; the standard library's way for a class of another kind."""
    slots: dict[str, Any] = {f.name: getattr(cls, f.name, None) for f in dataclasses.fields(cls)}
    is_plain = all(isinstance(slot, MemberDescriptorType) for slot in slots.values())
    has_more = hasattr(cls, "__post_init__") or any(not f.init for f in dataclasses.fields(cls))
    if not is_plain or has_more:
        return lambda obj, changes: dataclasses.replace(obj, **changes)
    setters = {name: slot.__set__ for name, slot in slots.items()}
    names: dict[str, Any] = {f"_set_{name}": setter for name, setter in setters.items()}
    names |= {"_cls": cls, "_make": object.__new__, "_setters": setters, "_refuse": _refuse_field}
    copies = "".join(f" _set_{name}(copy, obj.{name})\n" for name in setters)
    code = (
        f"def copy(obj, changes):\n copy = _make(_cls)\n{copies}"
        " for name, value in changes.items():\n"
        "  (_setters.get(name) or _refuse(_cls, name))(copy, value)\n return copy"
    )
    exec(code, names)  # noqa: S102 as above
    copier: Callable[[Any, dict[str, Any]], Any] = names["copy"]
    return copier


def _refuse_field(cls: type, name: str) -> NoReturn:
    raise TypeError(f"{cls.__qualname__} has no field {name!r}")


def _comparison(cls: Any, is_frozen: bool) -> dict[str, Any]:
    compared = [field for field in dataclasses.fields(cls) if field.compare]
    values = _getter([field.name for field in compared])
    hashed = _getter(
        [f.name for f in dataclasses.fields(cls) if (f.compare if f.hash is None else f.hash)]
    )

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        if self.__class__ is not other.__class__:
            return NotImplemented
        return self is other or values(self) == values(other)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(hashed(self))

    return {"__eq__": __eq__, "__hash__": __hash__ if is_frozen else None}


def _getter(names: list[str]) -> Callable[[Any], Any]:
    """The values of these fields: something that compares and hashes as a tuple of them does."""
    return attrgetter(*names) if names else lambda self: ()


def _repr(self: Any) -> str:
    shown = (field.name for field in dataclasses.fields(self) if field.repr)
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{self.__class__.__qualname__}({values})"


def _refuse_assignment(self: Any, name: str, value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
