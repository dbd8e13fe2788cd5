"""The flags of `new`: what is needed where nobody can be asked, and what excludes each other."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.cli.params.new import NEEDED, AdoptFlags, NewServerFlags, check_flags
from ccloud_apply.errors import UsageError

ALL = NewServerFlags(pool="p", image="i", cores=1, memory=1, disk=(20,))
NOBODY, BOTH = AdoptFlags(), AdoptFlags(adopt=("vs1",), adopt_all=True)


def test_every_field_that_a_create_needs_is_a_flag_or_has_a_default() -> None:
    needed = {name for name, aspect in ASPECTS.items() if aspect.is_needed_to_create}
    assert {*NEEDED, "type"} == {"disk" if name == "disks" else name for name in needed}


def test_with_all_flags_nobody_has_to_be_asked() -> None:
    check_flags(ALL, NOBODY, can_ask=False)
    check_flags(NewServerFlags(), AdoptFlags(adopt_all=True), can_ask=False)
    check_flags(NewServerFlags(), NOBODY, can_ask=True)


@pytest.mark.parametrize("name", NEEDED)
def test_each_needed_flag_is_named_where_it_is_missing(name: str) -> None:
    empty: Any = () if name == "disk" else None
    lacking = replace(ALL, **{name: empty})
    with pytest.raises(UsageError, match=f"and --{name} is missing"):
        check_flags(lacking, NOBODY, can_ask=False)
    with pytest.raises(UsageError, match=f"--{name} is missing"):
        check_flags(lacking, AdoptFlags(adopt_all=True), can_ask=False)


@pytest.mark.parametrize("can_ask", [True, False])
def test_what_excludes_each_other_is_refused_before_anybody_is_asked(can_ask: bool) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        check_flags(ALL, BOTH, can_ask=can_ask)
    with pytest.raises(UsageError, match="--stack"):
        check_flags(replace(ALL, stack="My Shop"), NOBODY, can_ask=can_ask)
