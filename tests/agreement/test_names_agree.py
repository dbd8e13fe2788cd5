"""Names that stand in several places are the same there: in code, schemas, help and docs."""

import json
import re
import tomllib
from importlib import import_module
from inspect import getmembers, isclass

import click
import pytest
from click.testing import CliRunner

from ccloud_apply import errors
from ccloud_apply.api.catalogue_reader import CATALOGUES, CATALOGUES_OF_ONE
from ccloud_apply.api.client import Client
from ccloud_apply.aspects.lib.subnets import SUBNETS, VPCS
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.cli.command_table import COMMANDS, FLEET_COMMANDS, command_module
from ccloud_apply.cli.main import group
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.fleet.config.describe import build_fleet_document
from ccloud_apply.load.editor.describe import (
    build_base_document,
    build_project_document,
    build_stack_document,
)
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.server_schema import SERVER_ONLY
from ccloud_apply.load.schema.stack_schema import BASE_KEYS
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.codes import CODES, SECTIONS
from ccloud_apply.model.diagnostic import CHECK_PREFIX, Severity
from ccloud_apply.model.limits import (
    DEFAULT_LIMITS,
    LIMIT_KEYS,
    LIMIT_VARIABLES,
    MAX_COUNT,
    MAX_KEY_LENGTH,
    SCHEDULE_FREQUENCIES,
    SNAPSHOT_BEFORE,
)
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.plan.checks.registry import CHECKS, UNREAD
from ccloud_apply.sandbox.handlers import HANDLERS
from ccloud_apply.sandbox.options import readings
from ccloud_apply.schemas import read_schema
from ccloud_apply.workflows.catalog import KINDS
from tests.conftest import ROOT, SLOW_PLACES
from tests.e2e.test_checks import CASES
from tests.support.docs.codes import find_codes, find_severities
from tests.support.docs.errors import error_page
from tests.support.docs.operations import operation_table
from tests.support.docs.pages import (
    code_in,
    find_blocks,
    find_headings,
    first_codes,
    own_part,
    page,
    section,
    table_rows,
)

STACK_FILE = page("docs/reference/stack-file.md")
COMMAND_PAGE = page("docs/reference/commands.md")
SCHEMA = build_stack_document()
DEFINITIONS = SCHEMA["$defs"]

HOLDING_DIAGNOSTICS = {
    "_DiagnosticsError",
    "StackError",
    "PlanError",
    "RequestError",
    "HeldError",
}
"""Exceptions whose codes are those of the diagnostics that they hold."""

EVERYWHERE = {
    *("--endpoint", "--sandbox", "--verbose", "-v"),
    *("--project", "--no-project", "--env"),
}
OWN_PROJECT = {"new", "schema"}
"""Commands to which `--project` means something else after their name."""
_VARIABLE = re.compile(r'"((?:CCLOUD|SSL)_[A-Z_]+|https?_proxy|no_proxy|HTTPS_PROXY|NO_PROXY)"')


# Fields


def test_the_schema_file_is_what_the_aspects_make() -> None:
    """If not: `ccloud-apply schema > schemas/stack.schema.json`."""
    assert read_schema("stack.schema.json") == json.loads(json.dumps(SCHEMA))


def test_the_schema_file_of_a_project_is_what_the_code_makes() -> None:
    """If not: `ccloud-apply schema --project > schemas/project.schema.json`."""
    made = json.loads(json.dumps(build_project_document()))
    assert read_schema("project.schema.json") == made


def test_the_schema_file_of_a_fleet_is_what_the_code_makes() -> None:
    """If not: `ccloud-apply schema --fleet > schemas/fleet.schema.json`."""
    made = json.loads(json.dumps(build_fleet_document()))
    assert read_schema("fleet.schema.json") == made


def test_the_docs_have_the_keys_of_fleet_yaml() -> None:
    properties = build_fleet_document()["properties"]
    text = page("docs/reference/fleet-file.md")
    documented = {word for row in table_rows(text) for word in code_in(row, 0)}
    account = properties["accounts"]["additionalProperties"]["properties"]
    source = properties["sources"]["items"]["properties"]
    rule = properties["rules"]["items"]["properties"]
    wanted = {*properties, *account, *source, *rule}
    assert wanted <= documented, wanted - documented


def test_the_schema_file_of_what_stacks_extend_is_what_the_code_makes() -> None:
    """If not: `ccloud-apply schema --base > schemas/base.schema.json`."""
    made = json.loads(json.dumps(build_base_document()))
    assert read_schema("base.schema.json") == made
    assert tuple(made["properties"]) == BASE_KEYS


def test_a_project_file_can_set_every_limit_that_the_environment_can() -> None:
    keys = {f"CCLOUD_LIMIT_{key.upper()}" for key in LIMIT_KEYS.values()}
    assert keys == set(LIMIT_VARIABLES.values())
    assert set(build_project_schema()["$defs"]["limits"]["properties"]) == set(LIMIT_KEYS.values())


def test_the_schema_has_a_property_for_every_aspect_and_no_other() -> None:
    assert set(DEFINITIONS["server"]["properties"]) == {*ASPECTS, *SERVER_ONLY, "lifecycle"}
    assert set(DEFINITIONS["defaults"]["properties"]) == {*ASPECTS, "lifecycle"}


def test_the_docs_have_a_row_for_every_field_and_say_how_it_behaves() -> None:
    rows = {code_in(row, 0)[0]: row for row in table_rows(section(STACK_FILE, "A server"))}
    assert set(rows) == {*ASPECTS, *SERVER_ONLY}
    for name, aspect in ASPECTS.items():
        created_only, merge = rows[name][2], rows[name][3]
        assert (name, created_only) == (name, "yes" if aspect.is_create_only else "no")
        assert (name, merge) == (name, aspect.merge)
        assert set(code_in(rows[name], 4)) <= OPERATIONS.keys()


@pytest.mark.parametrize("name", ["lifecycle", "policy", "account"])
def test_the_docs_have_a_row_for_every_key_of_a_part(name: str) -> None:
    definition = DEFINITIONS[name]
    for branch in definition.get("anyOf", ()):
        definition = {**definition, **branch} if "properties" in branch else definition
    assert set(first_codes(section(STACK_FILE, name))) == set(definition["properties"])


def test_the_docs_have_a_row_for_every_key_of_the_document() -> None:
    assert set(first_codes(section(STACK_FILE, "The document"))) == set(SCHEMA["properties"])


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("Keys", None),
        ("account", "expected_account"),
        ("limits", "limits"),
        ("environments", "environment"),
    ],
)
def test_the_docs_have_a_row_for_every_key_of_a_project_file(
    heading: str, part: str | None
) -> None:
    schema = build_project_schema()
    keys = (schema if part is None else schema["$defs"][part])["properties"]
    text = page("docs/reference/project-file.md")
    assert set(first_codes(own_part(section(text, heading)))) == set(keys)


def test_the_docs_name_what_a_create_needs() -> None:
    sentence = next(line for line in STACK_FILE.splitlines() if "To create a server" in line)
    needed = [name for name, aspect in ASPECTS.items() if aspect.is_needed_to_create]
    assert re.findall(r"`(\w+)`", sentence) == needed


def test_a_field_asks_for_snapshots_with_a_word_that_lifecycle_knows() -> None:
    kinds = {aspect.snapshot_kind for aspect in ASPECTS.values() if aspect.snapshot_kind}
    assert kinds == {"resize", "disks"}
    assert kinds <= set(SNAPSHOT_BEFORE)


def test_the_docs_give_the_limits_that_the_code_has() -> None:
    for text in (
        f"1 to {MAX_KEY_LENGTH} of",
        f"| `cores` | 1 to {DEFAULT_LIMITS.cores} |",
        f"| `memory` | 1 to {DEFAULT_LIMITS.memory_gb}, GB |",
        f"| `disks` | list of 1 to {DEFAULT_LIMITS.disks} sizes",
        f"| `count` | 0 to {MAX_COUNT} |",
        "`frequency` is {}, {}, {}, {} or {} hours".format(*SCHEDULE_FREQUENCIES),
    ):
        assert text in STACK_FILE
    assert f"1 to {DEFAULT_LIMITS.disk_gb} GB" in page("docs/concepts/disks.md")


# Commands


def command_of(name: str) -> click.Command:
    command: click.Command = import_module(command_module(name)).command
    return command


def flags_of(command: click.Command) -> set[str]:
    """Its own; a value that is handed to the command is one, whatever its flag is called."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    kept = {flag for option in options if not option.expose_value for flag in option.opts}
    return {flag for option in options for flag in option.opts} - (kept & EVERYWHERE)


def shared_flags(command: click.Command) -> set[str]:
    """Those of the options of every command that this one takes."""
    return EVERYWHERE & {
        flag
        for param in command.params
        if isinstance(param, click.Option) and not param.expose_value
        for flag in param.opts
    }


def formats_of_command(command: click.Command) -> list[list[str]]:
    """The choices of its `--format`, if it has one."""
    options = {param.name: param for param in command.params}
    kind = options["format_name"].type if "format_name" in options else None
    return [list(kind.choices)] if isinstance(kind, click.Choice) else []


def documented_formats(name: str) -> list[list[str]]:
    """The formats of the row `--format` below a command's heading, if it has one."""
    rows = table_rows(own_part(section(COMMAND_PAGE, name)))
    return [
        code_in(row, 0)[0].removeprefix("--format ").split(", ")
        for row in rows
        if row[0].startswith("`--format")
    ]


def documented_flags(name: str) -> set[str]:
    """The flags of the rows below a command's heading."""
    rows = table_rows(own_part(section(COMMAND_PAGE, name)))
    return {word.split()[0] for row in rows for word in code_in(row, 0) if word.startswith("-")}


def test_readme_docs_and_help_have_the_same_commands() -> None:
    help_text = CliRunner().invoke(group, ["--help"], obj=Flags()).output
    shown = re.findall(r"^  ([a-z]+)  ", help_text.partition("Commands:")[2], re.MULTILINE)
    readme = [word.split()[0] for word in first_codes(section(page("README.md"), "Commands"))]
    docs = list(first_codes(own_part(section(COMMAND_PAGE, "Commands"))))
    assert shown == list(COMMANDS) == readme == docs


@pytest.mark.parametrize("name", COMMANDS)
def test_the_docs_have_the_flags_of_a_command(name: str) -> None:
    assert documented_flags(name) == flags_of(command_of(name))


@pytest.mark.parametrize("name", ["serve", "seed", "reset"])
def test_the_docs_have_the_flags_of_a_sandbox_command(name: str) -> None:
    sandbox = command_of("sandbox")
    assert isinstance(sandbox, click.Group)
    assert set(sandbox.commands) == {"serve", "seed", "reset"}
    assert documented_flags(f"sandbox {name}") == flags_of(sandbox.commands[name])


MOVES = ("list", "show", "import", "export", "export-all")


@pytest.mark.parametrize("name", MOVES)
def test_the_docs_have_the_flags_of_a_subscription_command(name: str) -> None:
    group = command_of("subscription")
    assert isinstance(group, click.Group)
    assert set(group.commands) == set(MOVES)
    assert documented_flags(f"subscription {name}") == flags_of(group.commands[name])


def fleet_command_of(name: str) -> click.Command:
    fleet = command_of("fleet")
    assert isinstance(fleet, click.Group)
    command = fleet.get_command(click.Context(fleet), name)
    assert command is not None
    return command


def test_the_docs_have_a_heading_for_every_fleet_command() -> None:
    headings = [h for h in find_headings(COMMAND_PAGE) if h.startswith("fleet ")]
    assert headings == [f"fleet {name}" for name in FLEET_COMMANDS]


@pytest.mark.parametrize("name", FLEET_COMMANDS)
def test_the_docs_have_the_flags_and_the_formats_of_a_fleet_command(name: str) -> None:
    command = fleet_command_of(name)
    assert documented_flags(f"fleet {name}") == flags_of(command)
    assert documented_formats(f"fleet {name}") == formats_of_command(command)
    assert shared_flags(command) == EVERYWHERE


def test_the_docs_have_the_flags_of_every_command() -> None:
    rows = table_rows(section(COMMAND_PAGE, "Options of every command"))
    named = {word.split()[0] for row in rows for word in code_in(row, 0)}
    assert named == EVERYWHERE | {"-h", "--help"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_what_all_take(name: str) -> None:
    own = {"--project"} if name in OWN_PROJECT else set()
    assert shared_flags(command_of(name)) == EVERYWHERE - own


@pytest.mark.parametrize("name", COMMANDS)
def test_the_docs_have_the_formats_of_a_command(name: str) -> None:
    assert documented_formats(name) == formats_of_command(command_of(name))


def test_the_docs_have_the_classes_of_allow_and_the_kinds_of_catalog() -> None:
    assert f"any other class: {', '.join(CLASSES)} |" in COMMAND_PAGE
    kinds = section(COMMAND_PAGE, "catalog").partition("KIND is")[2].partition(".")[0]
    assert tuple(re.findall(r"`(\w+)`", kinds)) == tuple(KINDS)
    readme = next(row for row in table_rows(page("README.md")) if "catalog" in row[0])
    assert readme[1] == f"lists {', '.join(KINDS)}"


# Exit codes, environment, diagnostics, dependencies


def exit_codes(text: str) -> set[str]:
    return {code for row in table_rows(text) if row[0][0].isdigit() for code in row[0].split(", ")}


def test_readme_and_docs_have_the_same_exit_codes() -> None:
    readme = exit_codes(section(page("README.md"), "Exit codes"))
    assert readme == exit_codes(page("docs/reference/exit-codes.md"))
    assert readme == {"0", "1", "2", "3", "129", "130", "143"}


def test_the_docs_have_every_environment_variable_that_is_read() -> None:
    read = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("cli", "workflows")
        for path in (ROOT / "ccloud_apply" / folder).rglob("*.py")
    )
    named = set(_VARIABLE.findall(read)) | set(re.findall(r'environment\.get\("([A-Z_]+)"', read))
    named = {name for name in named if not name.startswith("CCLOUD_LIMIT_")}
    named |= set(LIMIT_VARIABLES.values())
    families = {name for name in named if name.endswith("_")}
    wanted = (named - families) | {f"{name}*" for name in families} | {"CCLOUD_SECRET_*"}
    text = page("docs/reference/environment.md")
    documented = {word for row in table_rows(text) for word in code_in(row, 0)}
    also = set(re.findall(r"also `(\w+)`", text, re.IGNORECASE))
    assert documented | also == wanted


@pytest.mark.parametrize(
    ("variable", "setting"),
    [("CCLOUD_WORK_DIR", "work_dir"), ("CCLOUD_SETTLE", "settle_s"), ("CCLOUD_GRACE", "grace_s")],
)
def test_the_docs_say_which_variables_have_no_effect(variable: str, setting: str) -> None:
    uses = [
        path.name
        for path in (ROOT / "ccloud_apply").rglob("*.py")
        if f".{setting}" in path.read_text(encoding="utf-8")
    ]
    rows = table_rows(page("docs/reference/environment.md"))
    row = next(row for row in rows if variable in row[0])
    assert ("without effect" in row[2]) == (uses == [])


def test_the_docs_have_a_line_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needed = [*project["dependencies"], *(name for extra in extras for name in extra)]
    rows = table_rows(page("docs/dependencies.md"))
    named = {name.strip() for row in rows for name in row[0].split(",")}
    own = project["name"]  # an extra that takes the others
    assert named == {re.split(r"[^\w-]", name)[0] for name in needed} - {own}


def test_the_drawing_of_the_architecture_has_the_layers_that_are_checked() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    layers = tool["importlinter"]["contracts"][0]["layers"]
    blocks = find_blocks(page("docs/architecture.md"))
    drawing = next(block.text for block in blocks if "└ cli" in block.text)
    spelled = re.sub(r"\s+\|\s+", " | ", drawing)
    places = [re.search(rf"(?:^|└ ){re.escape(name)}\b", spelled, re.MULTILINE) for name in layers]
    starts = [place.start() for place in places if place is not None]
    assert len(starts) == len(layers)
    assert starts == sorted(starts)


def test_every_code_in_the_source_has_a_row_and_every_row_a_use() -> None:
    assert CODES.keys() == find_codes()


def test_no_code_has_two_rows() -> None:
    codes = [row.code for part in SECTIONS for row in part.rows]
    assert sorted(codes) == sorted(set(codes))


def test_every_code_says_what_it_means_and_the_way_out() -> None:
    assert [row.code for row in CODES.values() if not (row.meaning and row.way_out)] == []


def test_the_table_gives_the_severity_with_which_diagnostics_are_made() -> None:
    found = find_severities()
    assert len(found) > 30
    wrong = {(c, name) for c, name in found if CODES[c].severity is not Severity[name]}
    assert wrong == set()


def test_the_page_of_errors_is_made_of_the_table() -> None:
    """If not: `python -m tests.support.docs.errors > docs/reference/errors.md`."""
    assert page("docs/reference/errors.md") == error_page()


def test_a_check_means_in_the_table_what_its_title_says() -> None:
    titles = {UNREAD: CODES[UNREAD].meaning} | {c.code: c.title for c in CHECKS.values()}
    rows = {code: row.meaning for code, row in CODES.items() if code.startswith(CHECK_PREFIX)}
    assert list(rows.items()) == list(titles.items())


def test_every_exception_says_its_code_itself() -> None:
    classes = [kind for _, kind in getmembers(errors, isclass) if issubclass(kind, Exception)]
    assert len(classes) > 20
    silent = [kind for kind in classes if "code" not in vars(kind)]
    assert {kind.__name__ for kind in silent} == HOLDING_DIAGNOSTICS


def test_the_page_of_checks_has_an_entry_for_every_check_in_its_own_words() -> None:
    headings = [h for h in find_headings(page("docs/checks.md")) if h.startswith(CHECK_PREFIX)]
    titles = {UNREAD: "a catalogue cannot be read"} | {c.code: c.title for c in CHECKS.values()}
    assert headings == [f"{code}: {title}" for code, title in titles.items()]


def test_the_page_of_checks_names_the_reads_of_every_check() -> None:
    text = page("docs/checks.md")
    for check in CHECKS.values():
        entry = section(text, f"{check.code}: {check.title}")
        assert check.reads <= set(re.findall(r"`(\w+)`", entry)), check.code


def test_the_proof_of_the_checks_is_what_is_tested() -> None:
    rows = table_rows(section(page("docs/checks.md"), "The proof"))
    proved = {code_in(row, 1)[0]: (row[0][1:7], row[2]) for row in rows}
    assert proved == {name: (case.code, case.refusal) for name, case in CASES.items()}


def test_every_operation_that_a_check_asks_for_is_read_by_the_client() -> None:
    reads = {read for check in CHECKS.values() for read in check.reads}
    names = {SUBNETS, VPCS}  # what tells the names in `subnets`
    images = {"list_os"}  # which an inventory may lack
    assert reads | names | images == {*CATALOGUES, *CATALOGUES_OF_ONE}


# The API


def test_the_client_and_the_sandbox_know_documented_operations_alone() -> None:
    documented = {
        operation["operationId"]
        for item in read_schema("ccloud-api.openapi.json")["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    assert OPERATIONS.keys() <= documented
    assert HANDLERS.keys() == documented


def test_the_docs_of_the_sandbox_have_the_table_of_operations() -> None:
    """If not: `python -m tests.support.docs.operations` prints it."""
    assert operation_table().strip() in page("docs/reference/sandbox.md")


def test_the_docs_of_the_sandbox_name_the_readings_that_it_has() -> None:
    named = {
        word
        for row in table_rows(section(page("docs/reference/sandbox.md"), "Readings"))
        for word in code_in(row, 0)
    }
    cited = set(re.findall(r"option: `(\w+)`", page("docs/reference/api-oddities.md")))
    assert cited <= named == set(readings())


def test_the_reads_of_the_aspects_are_reads_of_the_client() -> None:
    reads = {read for aspect in ASPECTS.values() for read in aspect.account_reads}
    assert {read for read in reads if not hasattr(Client, read)} == set()


# The gate


def test_the_gate_runs_the_readme_test_command() -> None:
    assert re.search(r"^\./test$", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
    readme = page("README.md")
    assert "```sh\n./test\n```" in readme
    assert "```sh\n./demo\n```" in readme


def test_every_place_of_slow_tests_is_there() -> None:
    assert [place for place in SLOW_PLACES if not (ROOT / place).exists()] == []


@pytest.mark.usefixtures("run_cli")
def test_a_test_that_starts_the_command_is_slow(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("slow") is not None


def test_a_test_that_starts_nothing_is_not_slow(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("slow") is None


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "## Unreleased" in page("CHANGELOG.md")
