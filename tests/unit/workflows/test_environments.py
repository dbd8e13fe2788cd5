"""What a project's environments mean for its stacks: which is meant, which share a name."""

from decimal import Decimal
from pathlib import Path

import pytest

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.workflows.inputs.project import ProjectChoice
from ccloud_apply.workflows.inputs.stacks import LoadedStacks, StackRequest, load_stacks
from ccloud_apply.workflows.validate import validate_stacks

SERVER = "{hostname: vs10001, notes: '%s'}"
OTHER_CUSTOMER = "account: {customer_id: K2}"


def write(folder: Path, stack: str, staging: str = "", more: str = "") -> None:
    """A project with `prod` and `staging`, and one stack."""
    (folder / "env").mkdir(exist_ok=True)
    (folder / "stacks").mkdir(exist_ok=True)
    (folder / "env" / "staging.yaml").write_text("note: staging\n")
    (folder / "stacks" / "web.yaml").write_text(stack)
    (folder / "ccloud-apply.yaml").write_text(
        f"project: shop\n{more}\nenvironments:\n"
        "  prod: {variables: {note: prod}}\n"
        f"  staging: {{var_files: [env/staging.yaml], {staging}}}\n"
    )


def stack(name: str, note: str, more: str = "") -> str:
    return f"stack: {name}\n{more}\nservers: {{web: {SERVER % note}}}\n"


def load(folder: Path, env: str | None) -> LoadedStacks:
    choice = ProjectChoice(file=str(folder / "ccloud-apply.yaml"), env=env)
    return load_stacks(StackRequest(paths=(str(folder / "stacks"),), project=choice), {})


def codes(folder: Path, env: str | None) -> list[str]:
    """Of all that is told; that a file has a name which no stack declares is another subject."""
    found = [found.code for found in load(folder, env).diagnostics]
    return [code for code in found if code != "unused-variable"]


def check(folder: Path, env: str | None = None) -> Validation:
    choice = ProjectChoice(file=str(folder / "ccloud-apply.yaml"), env=env)
    return validate_stacks(StackRequest(paths=(str(folder / "stacks"),), project=choice), {})


USES_ENV = stack("web", "${env}")
USES_VARIABLE = stack("web", "${var.note}", "variables: {note: own}")
USES_ENV_IN_A_KEY = "stack: web\nservers: {'web-${env}': {hostname: vs10001}}\n"
USES_NOTHING = stack("web", "the same everywhere")


@pytest.mark.parametrize("text", [USES_ENV, USES_VARIABLE, USES_ENV_IN_A_KEY])
@pytest.mark.parametrize("env", ["prod", "staging"])
def test_one_name_in_two_environments_of_one_account_is_an_error_that_names_both(
    text: str, env: str, tmp_path: Path
) -> None:
    write(tmp_path, text)
    (found,) = load(tmp_path, env).diagnostics
    assert found.code == "environments-share-name"
    assert 'the environments prod and staging both call this stack "web"' in found.what


@pytest.mark.parametrize("before", ["shop", "[first, shop]", "web-prod", '"${var.of_staging}"'])
def test_two_environments_of_one_account_cannot_both_take_over_the_servers_of_a_name(
    before: str, tmp_path: Path
) -> None:
    text = stack('"web-${env}"', "x", f"renamed: {{from: {before}}}")
    more = "variables: {of_staging: shop}"
    write(tmp_path, text, "", more)
    (found,) = [one for one in load(tmp_path, "staging").diagnostics if one.is_error]
    assert (found.code, found.where) == ("environments-share-name", "renamed.from")
    assert "the environments prod and staging would both own servers" in found.what
    write(tmp_path, text, OTHER_CUSTOMER, more)
    assert codes(tmp_path, "staging") == []


def test_an_earlier_name_that_each_environment_has_of_its_own_is_fine(tmp_path: Path) -> None:
    write(tmp_path, stack('"web-${env}"', "x", 'renamed: {from: "shop-${env}"}'))
    assert codes(tmp_path, "prod") == codes(tmp_path, "staging") == []


def test_no_file_has_the_name_that_another_one_has_in_another_environment(tmp_path: Path) -> None:
    write(tmp_path, stack('"web-${env}"', "x"))
    (tmp_path / "stacks/old.yaml").write_text(stack("web-staging", "y").replace("10001", "10002"))
    (found,) = load(tmp_path, "prod").diagnostics
    assert found.code == "environments-share-name"
    assert found.source is not None
    assert found.source.path.endswith("old.yaml")
    assert "web.yaml in the environment staging" in found.what
    write(tmp_path, stack('"web-${env}"', "x"), OTHER_CUSTOMER)
    assert codes(tmp_path, "prod") == []


def test_a_template_that_the_environments_fill_in_differently_is_one_too(tmp_path: Path) -> None:
    server = (
        "{pool: p, type: unmanaged, image: i, cores: 1, memory: 2, disks: [50],"
        " user_data: {template: node.yaml}}"
    )
    write(tmp_path, f"stack: web\nservers: {{web: {server}}}\n")
    (tmp_path / "stacks/node.yaml").write_text("#cloud-config\nhostname: of-${var.note}\n")
    assert codes(tmp_path, "prod") == ["environments-share-name"]
    assert codes(tmp_path, None) == ["no-environment"]
    (tmp_path / "stacks/node.yaml").write_text("#cloud-config\n")
    assert codes(tmp_path, "prod") == []


@pytest.mark.parametrize(
    ("text", "staging", "more"),
    [
        (stack('"web-${env}"', "${env}"), "", ""),
        (stack('"web-${var.note}"', "${env}", "variables: {note: x}"), "", ""),
        (USES_ENV, OTHER_CUSTOMER, "account: {customer_id: K1}"),
        (USES_ENV, OTHER_CUSTOMER, ""),
        (USES_ENV, "account: {endpoint: sandbox}", "account: {endpoint: https://c.example/v1}"),
        (USES_NOTHING, "", ""),
    ],
)
def test_environments_of_other_names_or_accounts_and_stacks_that_are_the_same_are_none(
    text: str, staging: str, more: str, tmp_path: Path
) -> None:
    write(tmp_path, text, staging, more)
    for env in ("prod", "staging"):
        assert codes(tmp_path, env) == []


def test_two_spellings_of_one_endpoint_are_one_account(tmp_path: Path) -> None:
    other = "account: {endpoint: https://C.example:443/v1/}"
    write(tmp_path, USES_ENV, other, "account: {endpoint: https://c.example/v1}")
    assert codes(tmp_path, "prod") == ["environments-share-name"]


def test_what_only_an_environment_tells_needs_one(tmp_path: Path) -> None:
    write(tmp_path, USES_ENV, OTHER_CUSTOMER)
    assert codes(tmp_path, None) == ["no-environment"]
    write(tmp_path, stack("web", "${var.note}"), OTHER_CUSTOMER)
    (found,) = load(tmp_path, None).diagnostics
    assert found.code == "no-environment"
    assert "note is set by an environment alone (prod, staging)" in found.what
    assert found.hint.endswith("prod, staging")
    assert codes(tmp_path, "prod") == []


def test_a_stack_that_uses_nothing_of_its_environments_needs_none(tmp_path: Path) -> None:
    write(tmp_path, USES_NOTHING)
    assert codes(tmp_path, None) == []


def test_a_value_that_an_environment_would_change_is_a_warning_without_one(tmp_path: Path) -> None:
    write(tmp_path, USES_VARIABLE, OTHER_CUSTOMER)
    loaded = load(tmp_path, None)
    assert [found.code for found in loaded.diagnostics] == ["environment-unused"]
    assert loaded.stacks[0].servers[0].value("notes") == "own"


def test_a_file_of_another_environment_that_cannot_be_read_stops_nothing_here(
    tmp_path: Path,
) -> None:
    write(tmp_path, USES_ENV, OTHER_CUSTOMER)
    (tmp_path / "env" / "staging.yaml").write_text("a: [")
    assert codes(tmp_path, "prod") == []
    assert codes(tmp_path, "staging") == ["yaml-syntax"]
    assert [found.code for found in check(tmp_path).diagnostics] == ["yaml-syntax"]


@pytest.mark.parametrize("env", [None, "all"])
def test_validate_takes_each_environment_and_tells_once_what_all_of_them_have(
    env: str | None, tmp_path: Path
) -> None:
    wrong = stack('"web-${env}"', "x", "extra: 1")
    write(tmp_path, wrong)
    (found,) = check(tmp_path, env).diagnostics
    assert found.code == "unknown-key"
    assert "environment" not in found.what
    write(tmp_path, stack('"web-${env}"', "${env}"))
    valid = check(tmp_path, env)
    assert (valid.stacks, valid.servers, valid.environments) == (2, 2, ("prod", "staging"))
    assert [found.code for found in valid.diagnostics] == ["unused-variable"]


def test_validate_says_in_which_environment_something_is_wrong(tmp_path: Path) -> None:
    text = stack('"web-${env}"', "x", "policy: {max_destroy: '${var.most}'}")
    write(tmp_path, text, "variables: {most: many}", "variables: {most: 1}")
    (found,) = check(tmp_path).diagnostics
    assert found.what.endswith("(environment staging)")
    assert check(tmp_path, "prod").diagnostics == ()


def test_all_stands_for_no_environment_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, USES_NOTHING)
    with pytest.raises(UsageError, match="all is for validate alone"):
        load(tmp_path, "all")


def stack_of(folder: Path, env: str | None = "prod") -> Stack:
    loaded = load(folder, env)
    if not loaded.stacks:
        raise StackError(loaded.diagnostics)
    return loaded.stacks[0]


def test_the_strictest_policy_of_all_levels_counts_and_says_where_it_stands(tmp_path: Path) -> None:
    text = stack("web", "x", "policy: {max_destroy: 5, max_monthly_cost: 10}")
    more = "policy: {max_destroy: 1, max_monthly_cost: 90, keep_tags: ['a:*']}"
    write(tmp_path, text, "policy: {max_destroy: 0, keep_tags: [b]}", more)
    found = stack_of(tmp_path)
    assert found.policy.max_destroy == 1
    assert found.policy.max_monthly_cost == Decimal(10)
    assert found.policy.sources["max_destroy"].path.endswith("ccloud-apply.yaml")
    assert found.policy.sources["max_monthly_cost"].path.endswith("web.yaml")
    assert stack_of(tmp_path, "staging").policy.max_destroy == 0
    assert stack_of(tmp_path, "staging").policy.keep_tags == ("a:*", "b")


def test_without_an_environment_the_policies_of_all_of_them_count(tmp_path: Path) -> None:
    write(tmp_path, USES_NOTHING, "policy: {max_destroy: 0, keep_tags: [b]}")
    assert stack_of(tmp_path, "prod").policy.max_destroy is None
    found = stack_of(tmp_path, None).policy
    assert (found.max_destroy, found.keep_tags) == (0, ("b",))


def test_policies_in_two_currencies_are_an_error_that_says_where_both_stand(tmp_path: Path) -> None:
    text = stack("web", "x", "policy: {currency: CHF}")
    write(tmp_path, text, "", "policy: {currency: EUR}")
    (found,) = load(tmp_path, "prod").diagnostics
    assert found.code == "policy-currencies"
    assert "ccloud-apply.yaml:2" in found.hint
    assert "web.yaml:2" in found.hint


def test_limits_of_the_project_count_where_no_setting_says_them(tmp_path: Path) -> None:
    write(tmp_path, USES_NOTHING, "", "limits: {disks: 7, snapshot_pause: 0}")
    (server,) = stack_of(tmp_path).servers
    assert (server.limits.disks, server.limits.snapshot_pause_s) == (7, 0)
    assert server.limits.cores == 64
