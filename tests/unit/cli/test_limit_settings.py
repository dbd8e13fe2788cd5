"""CCLOUD_LIMIT_...: what the platform takes, as a value."""

from typing import Any

import pytest

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.errors import UsageError
from ccloud_apply.model.limits import DEFAULT_LIMITS, LIMIT_VARIABLES, Limits


def test_without_settings_the_defaults_hold() -> None:
    assert read_limits({}) == DEFAULT_LIMITS
    assert read_limits({"CCLOUD_LIMIT_DISKS": ""}) == DEFAULT_LIMITS


def test_every_limit_has_a_setting() -> None:
    assert set(LIMIT_VARIABLES) == set(Limits.__dataclass_fields__) - {"told"}
    given = {variable: str(n) for n, variable in enumerate(LIMIT_VARIABLES.values(), 3)}
    found = read_limits(given)
    assert [getattr(found, name) for name in LIMIT_VARIABLES] == list(range(3, 10))


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "5.5", "1e3", "\u0665", "99999999", "1000001", "5 6", "0x5"]
)
@pytest.mark.parametrize("variable", ["CCLOUD_LIMIT_DISKS", "CCLOUD_LIMIT_CREATES"])
def test_a_bad_limit_is_an_error_that_names_its_setting(variable: str, text: str) -> None:
    with pytest.raises(UsageError, match=rf"{variable} must be a whole number from 1 to 1,000,000"):
        read_limits({variable: text})


def test_the_pause_between_snapshots_may_be_none() -> None:
    assert read_limits({"CCLOUD_LIMIT_SNAPSHOT_PAUSE": "0"}).snapshot_pause_s == 0
    with pytest.raises(UsageError, match="from 0 to"):
        read_limits({"CCLOUD_LIMIT_SNAPSHOT_PAUSE": "-1"})


@pytest.mark.parametrize("name", LIMIT_VARIABLES)
def test_a_limit_that_means_nothing_is_no_value(name: str) -> None:
    given: dict[str, Any] = {name: -1}
    with pytest.raises(ValueError, match=name):
        Limits(**given)
