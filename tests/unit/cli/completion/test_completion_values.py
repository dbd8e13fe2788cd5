"""What is offered where, with the program's own commands and files in a folder."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.cli.command_table import COMMANDS, FLEET_COMMANDS
from ccloud_apply.cli.completion import outlines
from ccloud_apply.cli.completion.answer import answer as answer_shell
from ccloud_apply.cli.completion.answer import complete
from ccloud_apply.load.request.document import read_operations
from ccloud_apply.workflows.catalog import KINDS
from tests.conftest import PATIENCE_S, ROOT

STACK = """\
stack: ${var.customer}-web
variables: {size: 2, customer: shop}
servers:
  db: {hostname: vs10042}
  web: {count: "${var.size}"}
  pool: {for_each: [a, b], count: 2}
  site: {for_each: {de: 1, fr: 2}}
  many: {count: "${var.unknown}"}
"""
PROJECT = """\
project: shop
stacks: ["stacks/*.yaml"]
variables: {customer: shop, zone: a}
environments:
  prod: {variables: {size: 3, only_prod: 1}}
  staging: {}
"""
FLEET = """\
accounts: {shop: {endpoint: sandbox}, office: {endpoint: sandbox}}
sources:
  - {folder: stacks, stacks: ["*/*.yaml"], account: "{1}"}
  - {git: "https://git.example.com/more.git", stacks: ["*.yaml"], account: office}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty, and in no project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CCLOUD_ENV", raising=False)
    monkeypatch.setenv("CCLOUD_WORK_DIR", "work")
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def answer(*words: str) -> tuple[str, str, str, list[str]]:
    """Whether the word is open, its parts, the endings of files; and the values without help."""
    is_open, kept, partial, endings, *values = complete("zsh", "ccloud-apply", *words).split("\n")
    assert values.pop() == ""
    return is_open, f"{kept}|{partial}", endings, [value.partition("\t")[0] for value in values]


def values(*words: str) -> list[str]:
    return answer(*words)[3]


# What the program knows itself


def test_commands_are_offered_with_a_few_words_on_them() -> None:
    assert values("") == list(COMMANDS)
    assert values("fleet", "") == list(FLEET_COMMANDS)
    assert "plan\tShow what apply would change." in complete("zsh", "ccloud-apply", "pl")


def test_options_are_offered_by_their_long_names() -> None:
    assert values("plan", "--det") == ["--detailed-exitcode"]
    assert {"--target", "--sandbox", "--help"} <= {*values("plan", "-")}
    assert "-v" not in values("plan", "-")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plan --format j", ["json"]),
        ("plan --format=j", ["--format=json"]),
        ("catalog ", list(KINDS)),
        ("sandbox seed ", ["demo", "empty"]),
        ("plan --no-checks CCA100", ["CCA100"]),
        ("fleet status state:dr", ["state:drift"]),
        ("fleet pause --until r", ["resumed"]),
        ("sandbox serve --reading pagination=me", ["pagination=meta"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("--endpoint ", []),
    ],
)
def test_values_are_offered_that_can_be_listed(line: str, expected: Sequence[str]) -> None:
    assert values(*line.split(" ")) == expected


def test_a_list_is_completed_at_its_end_and_names_nothing_twice() -> None:
    assert answer("apply", "--allow", "create,up") == (
        "open",
        "create,|up",
        "",
        ["create,update"],
    )
    offered = values("apply", "--allow", "create,update,")
    assert "create,update,destroy" in offered
    assert "create,update,create" not in offered


def test_an_output_is_a_format_and_then_a_file() -> None:
    assert answer("plan", "--write", "ht") == ("open", "|ht", "", ["html="])
    assert answer("plan", "--write", "html=pl") == ("", "html=|pl", "any", [])
    assert answer("plan", "--write=html=pl") == ("", "--write=html=|pl", "any", [])


@pytest.mark.parametrize(
    ("line", "endings"),
    [
        ("plan st", ".yaml .yml"),
        ("apply pl", "any"),
        ("show pl", "any"),
        ("plan --out pl", "any"),
        ("plan --var-file va", ".yaml .yml .json"),
        ("--project cc", ".yaml .yml"),
        ("fleet status --config fl", ".yaml .yml"),
        ("schema --catalog im", ".json"),
        ("new --pipeline github --stacks st", "/"),
    ],
)
def test_names_of_files_are_left_to_the_shell_with_their_endings(line: str, endings: str) -> None:
    assert answer(*line.split(" "))[2:] == (endings, [])


def test_operations_are_offered_and_after_a_method_its_paths() -> None:
    assert values("api", "resize_s") == [
        "resize_server_memory",
        "resize_server_cores",
        "resize_server_disk",
    ]
    assert values("api", "G") == ["GET"]
    assert values("api", "GET", "/ccloud/t") == [
        "/ccloud/tags",
        "/ccloud/tasks",
        "/ccloud/tasks/{id}",
    ]
    assert values("api", "GET", "/ccloud/tags", "") == []
    assert len(values("api", "")) == len(read_operations()) + 4


def test_parameters_and_fields_are_those_of_the_operation(folder: Path) -> None:
    write(folder, "web.yaml", STACK)
    memory = ("api", "resize_server_memory")
    assert answer(*memory, "-p", "ho") == ("open", "|ho", "", ["hostname="])
    assert values(*memory, "-p", "hostname=vs") == ["hostname=vs10042"]
    assert values(*memory, "-phostname=vs") == ["-phostname=vs10042"]
    assert values(*memory, "-f", "") == ["memory="]
    assert answer(*memory, "-f", "memory=@no") == ("", "memory=@|no", "any", [])
    assert values("api", "GET", "/ccloud/servers", "-p", "li") == ["limit="]
    assert values("api", "-p", "ho") == []


# What files name


def test_keys_are_those_of_the_files_with_what_stands_for_several(folder: Path) -> None:
    write(folder, "one/web.yaml", STACK)
    write(folder, "two/web.yaml", "stack: other\nservers: {api: {}}\n")
    assert values("plan", "one", "--target", "") == [
        *("web", "pool", "pool-a", "pool-b", "site", "many", "db", "web-1", "web-2"),
        *("pool-a-1", "pool-a-2", "pool-b-1", "pool-b-2", "site-de", "site-fr"),
    ]
    assert values("plan", "one", "two/web.yaml", "--target=a") == ["--target=api"]
    assert "api\tother" in complete("zsh", "ccloud-apply", "plan", "two", "--target", "")


def test_one_server_is_a_key_of_one_or_a_hostname(folder: Path) -> None:
    write(folder, "web.yaml", STACK)
    assert values("explain", "web") == ["web-1", "web-2"]
    assert values("password", "vs") == ["vs10042"]
    assert answer("explain", "web-1", "")[2] == ".yaml .yml"


def test_without_a_path_the_files_are_those_of_the_project(folder: Path) -> None:
    write(folder, "ccloud-apply.yaml", PROJECT)
    write(folder, "stacks/web.yaml", STACK)
    write(folder, "other/no.yaml", "stack: no\nservers: {no: {}}\n")
    assert values("plan", "--target", "web-") == ["web-1", "web-2"]
    assert values("plan", "--env", "prod", "--target", "web-") == ["web-1", "web-2", "web-3"]
    assert values("plan", "--target", "no") == []
    assert values("plan", "--no-project", "--target", "web") == []


def test_the_environment_of_the_machine_counts_as_one_that_is_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "ccloud-apply.yaml", PROJECT)
    write(folder, "stacks/web.yaml", STACK)
    monkeypatch.setenv("CCLOUD_ENV", "prod")
    assert values("plan", "--target", "web-3") == ["web-3"]


def test_environments_are_those_of_the_project_file(folder: Path) -> None:
    assert values("plan", "--env", "") == []
    write(folder, "ccloud-apply.yaml", PROJECT)
    write(folder, "elsewhere/p.yaml", "environments: {else: {}}\n")
    assert values("plan", "--env", "") == ["prod", "staging"]
    assert values("--env", "pr") == ["prod"]
    assert values("validate", "--env", "") == ["prod", "staging", "all"]
    assert values("--project", "elsewhere/p.yaml", "--env", "") == ["else"]


def test_variables_are_those_of_the_project_its_environments_and_the_stacks(folder: Path) -> None:
    write(folder, "ccloud-apply.yaml", PROJECT)
    write(folder, "stacks/web.yaml", STACK)
    found = answer("plan", "--var", "")
    assert found == ("open", "|", "", ["customer=", "zone=", "size=", "only_prod="])
    assert values("plan", "--var", "size=") == []


def test_stacks_hostnames_and_tags_are_offered_to_export(folder: Path) -> None:
    write(folder, "web.yaml", STACK)
    assert values("export", "--stack", "") == ["shop-web"]
    assert values("export", "--hostname", "") == ["vs10042"]
    assert values("export", "--tag", "") == ["stack:shop-web"]


def test_stacks_of_a_fleet_are_those_of_its_folders_and_of_what_was_fetched(folder: Path) -> None:
    write(folder, "fleet.yaml", FLEET)
    write(folder, "stacks/shop/web.yaml", "stack: web\n")
    write(folder, "stacks/office/files.yaml", "stack: files\n")
    write(folder, "stacks/office/deep/no.yaml", "stack: no\n")
    write(folder, "work/sources/more/commits/abc/mail.yaml", "stack: mail\n")
    assert values("fleet", "approve", "") == ["files", "web", "mail"]
    assert values("fleet", "approve", "office/") == ["office/files", "office/mail"]
    assert values("fleet", "status", "account:o") == ["account:office"]
    assert values("fleet", "worker", "--account", "") == ["shop", "office"]
    assert values("fleet", "run", "--config", "fleet.yaml", "w") == ["web"]
    assert values("fleet", "run", "--config", "absent.yaml", "w") == []


def test_a_source_that_names_no_account_has_the_first_and_a_wrong_one_none(folder: Path) -> None:
    fleet = 'accounts: {shop: {}}\nsources: [{folder: a}, {folder: b, account: "{7}"}, {folder: 3}]'
    write(folder, "fleet.yaml", fleet)
    write(folder, "a/one.yaml", "stack: one\n")
    write(folder, "b/two.yaml", "stack: two\n")
    assert values("fleet", "run", "shop/") == ["shop/one"]
    assert values("fleet", "run", "") == ["one", "two"]


# What is broken, hostile or too much


@pytest.mark.parametrize(
    "text",
    [
        "stack: [",
        "stack: a\nservers: 3",
        "- stack",
        "stack: {a: 1}\nservers: [web]",
        "servers: {web: {}}",
        "\0",
        "stack: a\nservers: {web: 3, api: [1]}",
        "stack: a\nservers: {web: {for_each: 3, count: {}}}",
        "",
    ],
)
def test_a_file_that_is_wrong_hides_no_other_one(folder: Path, text: str) -> None:
    write(folder, "a.yaml", text)
    write(folder, "b.yaml", "stack: b\nservers: {zone: {}}\n")
    assert values("plan", "--no-project", "--target", "z") == ["zone"]


@given(st.text())
def test_no_text_of_a_file_stops_it(text: str) -> None:
    Path("any.yaml").write_text(f"stack: a\nservers: {text}", encoding="utf-8", errors="replace")
    Path("ccloud-apply.yaml").write_text(text, encoding="utf-8", errors="replace")
    Path("fleet.yaml").write_text(text, encoding="utf-8", errors="replace")
    for words in (("plan", "--target", ""), ("plan", "--env", ""), ("fleet", "run", "")):
        values(*words)


def test_a_name_that_a_shell_would_take_for_more_than_a_name_is_not_offered(folder: Path) -> None:
    text = 'stack: a\nservers: {"$(reboot)": {}, "x;y": {}, "a b": {}, "e\\e[31m": {}, ok: {}}\n'
    write(folder, "a.yaml", text)
    assert values("plan", "--target", "") == ["ok"]


def test_what_cannot_be_read_is_passed_over(folder: Path) -> None:
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "folder.yaml").mkdir()
    write(folder, "b.yaml", "stack: b\nservers: {web: {}}\n")
    assert values("plan", "--target", "") == ["web"]
    assert values("plan", "absent.yaml", "--target", "") == []
    assert values("--project", "absent.yaml", "plan", "--env", "") == []


def test_a_file_that_is_too_large_hides_no_other_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlines, "MAX_BYTES", 60)
    write(folder, "a.yaml", f"stack: a\n# {'x' * 60}\nservers: {{large: {{}}}}\n")
    write(folder, "b.yaml", "stack: b\nservers: {web: {}}\n")
    assert values("plan", ".", "--target", "") == ["web"]


def test_a_name_that_is_no_utf_8_comes_back_byte_by_byte(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(signal, "setitimer", lambda which, seconds: None)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    assert answer_shell(["bash", "ccloud-apply plan --out=caf\udce9", "=:"]) == 0
    assert capfdbinary.readouterr().out == b"\n\ncaf\xe9\nany\n0\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs timers")
@pytest.mark.parametrize(
    ("limit", "work"), [("WORK_S", "while True: pass"), ("LIMIT_S", "time.sleep(600)")]
)
def test_what_takes_too_long_offers_nothing(limit: str, work: str) -> None:
    code = (
        "import time\n"
        "from ccloud_apply.cli.completion import answer\n"
        f"def complete(*given: str) -> str:\n    {work}\n"
        f"answer.complete, answer.{limit} = complete, 0.1\n"
        "answer.answer(['bash', 'ccloud-apply ', '='])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=PATIENCE_S
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")


def test_a_misnamed_project_file_stops_nothing(folder: Path) -> None:
    write(folder, "ccloud-apply.yml", PROJECT)
    write(folder, "b.yaml", "stack: b\nservers: {web: {}}\n")
    assert values("plan", "--target", "") == ["web"]


def test_secrets_are_not_looked_at_and_no_command_is_run(folder: Path) -> None:
    write(folder, "a.yaml", 'stack: a\nservers: {web: {password: {command: [touch, "ran"]}}}\n')
    assert values("plan", "--target", "") == ["web"]
    assert not (folder / "ran").exists()


def test_so_much_is_read_and_no_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "MAX_FILES", 2)
    for name in "abc":
        write(folder, f"{name}.yaml", f"stack: {name}\nservers: {{{name}: {{}}}}\n")
    assert values("plan", ".", "--target", "") == ["a", "b"]
    monkeypatch.setattr(outlines, "MAX_BYTES", 30)
    assert values("plan", ".", "--target", "") == ["a"]


def test_a_count_without_end_names_a_few(folder: Path) -> None:
    write(folder, "a.yaml", "stack: a\nservers: {web: {count: 99999999999}}\n")
    assert len(values("plan", "--target", "web-")) == outlines.MAX_NAMES


def test_words_of_help_are_one_short_line() -> None:
    for line in complete("zsh", "ccloud-apply", "api", "").splitlines()[4:]:
        _, _, text = line.partition("\t")
        assert len(text) <= 80
        assert text.isprintable()


# Shells


def test_bash_gets_the_part_that_it_replaces_and_no_help() -> None:
    line = "ccloud-apply plan --format=j"
    assert complete("bash", line, "=:") == "\n\nj\n\n0\njson\n"
    assert complete("bash", line, " ") == "\n--format=\nj\n\n0\n--format=json\n"
    state = "ccloud-apply fleet status state:dr"
    assert complete("bash", state, ":") == "\n\nstate:dr\n\n6\ndrift\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ccloud-apply plan a:b=c", "\n\na:b=c\n.yaml .yml\n4\n"),
        ("ccloud-apply plan 'a:b=c", "\n\na:b=c\n.yaml .yml\n0\n"),
        ("ccloud-apply plan --out=a:b", "\n\na:b\nany\n2\n"),
        ("ccloud-apply plan --out=a", "\n\na\nany\n0\n"),
    ],
)
def test_bash_is_told_how_much_of_a_file_is_in_the_line_already(line: str, expected: str) -> None:
    assert complete("bash", line, "=:") == expected


@pytest.mark.parametrize("name", ["my stack.yaml", "it's.yaml", 'a"b.yaml', "back\\slash.yaml"])
def test_fish_gives_a_file_before_the_cursor_without_its_quotes(folder: Path, name: str) -> None:
    (folder / name).write_text("stack: x\nservers: {only-here: {}}\n", encoding="utf-8")
    assert "only-here\t" in complete("fish", "ccloud-apply", "plan", name, "--target", "onl")


def test_fish_gets_a_part_of_a_file_as_it_is_written() -> None:
    assert complete("fish", "ccloud-apply", "plan", "my\\ di") == "\n\nmy\\ di\n.yaml .yml\n"
    assert complete("fish", "ccloud-apply", "plan", "--out='my d") == "\n--out=\n'my d\nany\n"


def test_a_path_of_the_home_folder_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("there HOME is not where ~ leads")
    monkeypatch.setenv("HOME", str(folder / "home"))
    write(folder, "home/web.yaml", STACK)
    assert values("plan", "~/web.yaml", "--target", "db") == ["db"]
    quoted = complete("fish", "ccloud-apply", "plan", "~/web.yaml", "--target", "db")
    assert quoted.endswith("\ndb\tshop-web\n")
