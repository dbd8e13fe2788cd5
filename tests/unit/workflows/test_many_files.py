"""A run through many environments and files parses each file once, and says what many runs say."""

from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest

from ccloud_apply.load.stack.environments import Elsewhere, Names
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.text import parse as parsing
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.workflows.inputs.project import ProjectChoice
from ccloud_apply.workflows.inputs.stacks import StackRequest, load_stacks
from ccloud_apply.workflows.validate import validate_stacks

ENVIRONMENTS = 6
STACKS = 4


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of several environments, each with a var_file, whose stacks extend one file."""
    (tmp_path / "env").mkdir()
    (tmp_path / "stacks").mkdir()
    (tmp_path / "base.yaml").write_text("variables: {size: 2}\ndefaults: {cores: '${var.size}'}\n")
    for n in range(ENVIRONMENTS):
        (tmp_path / "env" / f"e{n}.yaml").write_text(f"size: {n + 1}\nteam: t{n}\n")
    for n in range(STACKS):
        (tmp_path / "stacks" / f"s{n}.yaml").write_text(
            f'stack: "s{n}-${{var.team}}"\nextends: [../base.yaml]\n'
            "variables: {team: none}\nservers: {web: {memory: 4}}\n"
        )
    names = "".join(f"  e{n}: {{var_files: [env/e{n}.yaml]}}\n" for n in range(ENVIRONMENTS))
    file = tmp_path / "ccloud-apply.yaml"
    file.write_text(f"project: shop\nstacks: ['stacks/*.yaml']\nenvironments:\n{names}")
    return file


def ask(project: Path) -> StackRequest:
    return StackRequest(paths=(), project=ProjectChoice(file=str(project)))


def test_validating_all_environments_parses_no_file_twice(project: Path) -> None:
    parsed: Counter[str] = Counter()

    class Counting(parsing._Builder):
        def build(self, text: str) -> None:
            parsed[Path(self.path).name] += 1
            super().build(text)

    with patch.object(parsing, "_Builder", Counting):
        found = validate_stacks(
            StackRequest(paths=(), project=ProjectChoice(file=str(project))), {}
        )
    assert (found.stacks, found.servers) == (STACKS * ENVIRONMENTS, STACKS * ENVIRONMENTS)
    assert found.diagnostics == ()
    files = ["ccloud-apply.yaml", "base.yaml", *(f"s{n}.yaml" for n in range(STACKS))]
    files += [f"e{n}.yaml" for n in range(ENVIRONMENTS)]
    assert parsed == Counter(files)


def test_the_name_of_a_stack_in_an_environment_is_resolved_once_a_run(project: Path) -> None:
    resolved: Counter[tuple[str, str]] = Counter()
    real = Elsewhere._resolve_names

    def count(self: Elsewhere, other: Inherited) -> Names:
        resolved[self.root.place.path, other.env or ""] += 1
        return real(self, other)

    with patch.object(Elsewhere, "_resolve_names", count):
        validate_stacks(ask(project), {})
    assert len(resolved) == STACKS * ENVIRONMENTS
    assert set(resolved.values()) == {1}


def test_validating_all_environments_says_what_each_of_them_says_alone(project: Path) -> None:
    base = project.parent / "base.yaml"
    base.write_text(
        "variables: {size: 2}\ndefaults: {cores: '${var.size}', memory: x, notes: '${'}\n"
    )
    (project.parent / "env" / "e3.yaml").write_text("size: many\nteam: t1\n")
    together = validate_stacks(ask(project), {}).diagnostics
    alone: dict[Diagnostic, None] = {}
    for n in range(ENVIRONMENTS):
        choice = ProjectChoice(file=str(project), env=f"e{n}")
        asked = StackRequest(paths=(), project=choice, may_be_unknown=True)
        alone |= dict.fromkeys(load_stacks(asked, {}).diagnostics)
    said = {(d.code, d.source, d.what.partition(" (environment")[0]) for d in together}
    assert said == {(d.code, d.source, d.what) for d in alone}
    assert {"wrong-type", "bad-interpolation", "bad-variable"} <= {d.code for d in alone}
    assert "environments-share-name" in {d.code for d in alone}
