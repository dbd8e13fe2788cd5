"""What an account's stacks see of the environment: two customers' secrets never meet."""

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.model.config import AccountConfig
from ccloud_apply.fleet.secrets import stack_environment

NAMES = st.text(alphabet="ABC_", min_size=1, max_size=12)


def account(prefix: str | None, **more: object) -> AccountConfig:
    return AccountConfig(name="a", endpoint="sandbox", secrets_prefix=prefix, **more)  # type: ignore[arg-type]


def test_a_prefix_becomes_that_of_secrets_and_nothing_else_is_seen() -> None:
    environment = {
        "A_SECRET_DB": "one",
        "B_SECRET_DB": "two",
        "CCLOUD_SECRET_DB": "three",
        "CCLOUD_CLIENT_SECRET": "four",
        "CCLOUD_VAR_size": "5",
        "FLEET_DATABASE_URL": "six",
        "VAULT_TOKEN": "seven",
        "PATH": "/bin",
    }
    assert stack_environment(account("A_SECRET_"), environment) == {
        "CCLOUD_SECRET_DB": "one",
        "PATH": "/bin",
    }
    assert stack_environment(account(None), environment) == {
        "CCLOUD_SECRET_DB": "three",
        "PATH": "/bin",
    }


def test_variables_for_commands_are_there_where_a_command_is_allowed() -> None:
    environment = {"VAULT_ADDR": "x", "CCLOUD_TOKEN": "y"}
    given_names = ("VAULT_ADDR",)
    without = account("A_", command_variables=given_names)
    assert stack_environment(without, environment) == {}
    allowed = account("A_", command_variables=given_names, secret_commands=(("vault", "read"),))
    assert stack_environment(allowed, environment) == {"VAULT_ADDR": "x"}


@given(st.dictionaries(NAMES, st.text(max_size=3)), NAMES, NAMES)
def test_of_two_prefixes_none_of_which_begins_the_other_none_sees_a_variable_of_the_other(
    environment: dict[str, str], one: str, other: str
) -> None:
    if one.startswith(other) or other.startswith(one):
        return
    named = {f"{one}{name}": f"one {name}" for name in environment}
    named |= {f"{other}{name}": f"other {name}" for name in environment}
    first = stack_environment(account(one), named)
    second = stack_environment(account(other), named)
    assert all(value.startswith("one ") for value in first.values())
    assert all(value.startswith("other ") for value in second.values())
    assert len(first) == len(second) == len(environment)
