"""The registry of formats: every row leads to a renderer, and a row is all that a format needs."""

import inspect
import subprocess
import sys
from dataclasses import fields, replace
from importlib import import_module
from types import ModuleType

import pytest

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.text import count_of
from ccloud_apply.render import registry
from ccloud_apply.render.registry import (
    FORMATS,
    Format,
    RenderOptions,
    find_format,
    formats_of,
    render,
)
from tests.conftest import ROOT
from tests.support.render.inventories import full_inventory
from tests.support.render.plans import PLANS

OPTIONS = {"style", *(field.name for field in fields(RenderOptions))} - {"is_coloured"}


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: f"{row.document}-{row.name}")
def test_a_row_leads_to_a_function_that_takes_what_the_row_says(row: Format) -> None:
    function = getattr(import_module(f"ccloud_apply.render.{row.module}"), row.function)
    parameters = list(inspect.signature(function).parameters)
    assert set(row.takes) == set(parameters[1:]) & OPTIONS
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    assert len(needed) == 1


def test_no_format_of_a_document_has_two_rows() -> None:
    names = [(row.document, row.name) for row in FORMATS]
    assert len(names) == len(set(names))


def test_the_text_is_the_default_of_every_document_that_has_one() -> None:
    for document in {row.document for row in FORMATS} - {"api"}:  # what programs ask for
        names = formats_of(document)
        assert "text" not in names or names[0] == "text"


def test_a_row_and_a_module_make_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("ccloud_apply.render.plan.throwaway")

    def render_plan_throwaway(plan: Plan) -> str:
        return count_of(len(plan.stacks), "stack")

    vars(module)["render_plan_throwaway"] = render_plan_throwaway
    monkeypatch.setitem(sys.modules, module.__name__, module)
    row = Format("plan", "throwaway", "plan.throwaway", "render_plan_throwaway")
    monkeypatch.setattr(registry, "FORMATS", (*FORMATS, row))
    assert formats_of("plan") == ("text", *formats_of("plan")[1:-1], "throwaway")
    assert render("plan", "throwaway", PLANS["two_stacks"]()) == "2 stacks"


def test_an_option_reaches_the_formats_that_take_it_and_no_other() -> None:
    plan = PLANS["all_actions"]()
    assert "\x1b[" in render("plan", "text", plan, RenderOptions(is_coloured=True))
    assert "Steps:" in render("plan", "text", plan, RenderOptions(show_steps=True))
    plain = render("plan", "json", plan)
    assert render("plan", "json", plan, RenderOptions(is_coloured=True)) == plain


@pytest.mark.parametrize("name", formats_of("plan"))
def test_a_format_that_leaves_out_the_warnings_of_a_plan_says_so(name: str) -> None:
    warning = Diagnostic(code="x", where="web", what="mind the gap", severity=Severity.WARNING)
    plan = PLANS["all_actions"]()
    told = replace(plan, stacks=tuple(replace(s, warnings=(warning,)) for s in plan.stacks))
    has_text = "mind the gap" in render("plan", name, told)
    assert has_text is not find_format("plan", name).without_warnings


@pytest.mark.parametrize("name", formats_of("inventory"))
def test_a_format_that_leaves_out_the_warnings_of_an_inventory_says_so(name: str) -> None:
    has_text = "the cost of 2 servers is unknown" in render("inventory", name, full_inventory())
    assert has_text is not find_format("inventory", name).without_warnings


def test_what_other_users_programs_read_may_be_readable_by_every_user_and_nothing_else() -> None:
    assert [(row.document, row.name) for row in FORMATS if row.is_public] == [
        ("drift", "prometheus"),
        ("inventory", "hosts"),
        ("inventory", "prometheus"),
    ]


def test_a_format_that_does_not_exist_is_named() -> None:
    with pytest.raises(KeyError, match="drift has no format gitlab"):
        find_format("drift", "gitlab")


def test_the_registry_imports_no_renderer() -> None:
    program = (
        "import sys, ccloud_apply.render.registry as registry; registry.formats_of('plan');"
        " print(*(name for name in sys.modules if name.startswith('ccloud_apply.')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert sorted(ended.stdout.split()) == [
        "ccloud_apply._version",
        "ccloud_apply.lazy_dataclass",
        "ccloud_apply.render",
        "ccloud_apply.render.registry",
    ]
