"""Classes of the lazy decorator behave as those of the standard library."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply import lazy_dataclass

_OPTIONS = [
    {"frozen": True, "slots": True, "kw_only": True},
    {"frozen": True, "slots": True},
    {"frozen": True},
    {"slots": True},
    {},
    {"frozen": True, "slots": True, "eq": False},
]


def _make(decorator: Callable[..., Any], options: dict[str, bool]) -> Any:
    class Size:
        cores: int
        memory: int = 4
        disks: list[int] = dataclasses.field(default_factory=list)
        note: str = dataclasses.field(default="", compare=False, repr=False)
        seen: int = dataclasses.field(default=0, init=False)
        marks: list[str] = dataclasses.field(default_factory=list, init=False)

        def __post_init__(self) -> None:
            if self.cores < 0:
                raise ValueError("cores")

    class Named(decorator(Size, **options)):  # type: ignore[misc]
        name: str = dataclasses.field(default="x", kw_only=True)

    return decorator(Named, **options)


def _compile(cls: Any) -> Any:
    """The class, with the `__init__` that it has after a few instances."""
    before = cls.__init__
    for _ in range(lazy_dataclass._FEW + 1):
        cls(cores=1)
    assert cls.__init__ is not before
    return cls


def _outcome(call: Callable[..., Any], *values: Any, **named: Any) -> Any:
    try:
        return call(*values, **named)
    except Exception as error:
        return type(error), str(error).replace("lazy.", "").replace("plain.", "")


_ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "cores": st.integers(-1, 2),
        "memory": st.integers(3, 5),
        "disks": st.lists(st.integers(0, 1), max_size=1),
        "note": st.sampled_from(["", "n"]),
        "name": st.sampled_from(["x", "y"]),
        "seen": st.just(1),
        "other": st.just(1),
    },
)


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("options", _OPTIONS, ids=str)
@given(first=_ARGUMENTS, second=_ARGUMENTS, positional=st.lists(st.integers(0, 1), max_size=3))
def test_instances_are_made_compared_and_shown_as_by_the_standard_library(
    options: dict[str, bool],
    is_compiled: bool,
    first: dict[str, Any],
    second: dict[str, Any],
    positional: list[int],
) -> None:
    plain = _make(dataclasses.dataclass, options)
    lazy = _make(lazy_dataclass.dataclass, options)
    if is_compiled:
        _compile(lazy)

    made = [[_outcome(cls, *positional, **one) for one in (first, second)] for cls in (plain, lazy)]
    shown = [[repr(one) for one in both] for both in made]

    assert shown[0] == shown[1]
    if any(isinstance(one, tuple) for one in made[0]):
        return
    assert (made[0][0] == made[0][1]) == (made[1][0] == made[1][1])
    assert [dataclasses.asdict(one) for one in made[0]] == [
        dataclasses.asdict(one) for one in made[1]
    ]
    changed = [
        _outcome(lambda one=both[0]: repr(dataclasses.replace(one, cores=9))) for both in made
    ]
    assert changed[0] == changed[1]


@pytest.mark.parametrize("options", _OPTIONS, ids=str)
def test_assignment_deletion_hash_and_layout_are_as_in_the_standard_library(
    options: dict[str, bool],
) -> None:
    classes = [
        _make(decorator, options) for decorator in (dataclasses.dataclass, lazy_dataclass.dataclass)
    ]
    told = []
    for cls in classes:
        one = cls(cores=1)
        told.append(
            [
                cls.__match_args__,
                [field.name for field in dataclasses.fields(cls)],
                hasattr(one, "__dict__"),
                _outcome(setattr, one, "cores", 2),
                one.cores,
                _outcome(delattr, one, "memory"),
                cls.__hash__ is None,
            ]
        )
    assert told[0] == told[1]


@pytest.mark.parametrize("options", _OPTIONS, ids=str)
@given(first=_ARGUMENTS, changes=_ARGUMENTS)
def test_a_copy_with_other_values_is_as_that_of_the_standard_library(
    options: dict[str, bool], first: dict[str, Any], changes: dict[str, Any]
) -> None:
    one = _outcome(_make(lazy_dataclass.dataclass, options), **first)
    if isinstance(one, tuple):
        return
    changed = _outcome(dataclasses.replace, one, **changes)
    assert repr(_outcome(lazy_dataclass.replace, one, **changes)) == repr(changed)


@given(
    st.fixed_dictionaries(
        {}, optional={"name": st.just("b"), "sizes": st.just((3,)), "other": st.just(1)}
    )
)
def test_a_plain_value_is_copied_field_by_field(changes: dict[str, Any]) -> None:
    value = _Value(name="a", sizes=(1, 2))
    copied = _outcome(lazy_dataclass.replace, value, **changes)
    if "other" in changes:
        assert copied == (TypeError, "_Value has no field 'other'")
    else:
        assert copied == dataclasses.replace(value, **changes)
    assert value == _Value(name="a", sizes=(1, 2))


@lazy_dataclass.dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    name: str
    sizes: tuple[int, ...] = ()


def test_a_frozen_value_hashes_by_its_fields_and_survives_copies_and_pickles() -> None:
    value = _Value(name="a", sizes=(1, 2))
    assert {value: 1}[_Value(name="a", sizes=(1, 2))] == 1
    assert hash(value) != hash(_Value(name="b", sizes=(1, 2)))
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value


def test_nothing_is_compiled_before_a_few_instances_are_made() -> None:
    made: Any = lazy_dataclass.dataclass(type("Fresh", (), {"__annotations__": {"cores": int}}))
    before: Any = made.__init__
    for number in range(lazy_dataclass._FEW):
        assert made(cores=number).cores == number
    assert made.__init__ is before
    assert made(cores=4).cores == 4
    assert made.__init__ is not before
    assert made(5).cores == 5
