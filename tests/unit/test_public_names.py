"""`from ccloud_apply import ...`: seven functions with types, whatever was imported before."""

import inspect
import subprocess
import sys

import pytest

import ccloud_apply
import ccloud_apply.apply.session
import ccloud_apply.plan.build
from ccloud_apply import Connection, Planned, apply, load, plan
from ccloud_apply.workflows import library
from tests.conftest import ROOT

FUNCTIONS = [name for name in ccloud_apply.__all__ if name.islower()]


def test_the_public_names_are_those_of_the_library() -> None:
    assert ccloud_apply.__all__ == sorted(library.__all__) == sorted(ccloud_apply.__all__)
    assert (ROOT / "ccloud_apply/py.typed").is_file()


@pytest.mark.parametrize("name", ccloud_apply.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(ccloud_apply, name)
    assert inspect.unwrap(found) is getattr(library, name)
    assert getattr(library, name).__doc__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_its_signature_and_says_what_it_raises(name: str) -> None:
    function = getattr(library, name)
    assert inspect.signature(getattr(ccloud_apply, name)) == inspect.signature(function)
    assert "Raises" in (function.__doc__ or "")


@pytest.mark.parametrize("name", ["load", "plan", "apply"])
def test_a_function_with_the_name_of_a_package_is_that_package_too(name: str) -> None:
    found = getattr(ccloud_apply, name)
    assert callable(found)
    assert found is sys.modules[f"ccloud_apply.{name}"]
    assert ccloud_apply.plan.build.build_plan.__module__ == "ccloud_apply.plan.build"  # type: ignore[attr-defined]


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'aply'"):
        _ = ccloud_apply.aply


def test_types_are_those_of_the_functions() -> None:
    """mypy holds this too: what is called here is a function for it, not a package."""

    def use(path: str, account: Connection) -> bool:
        planned: Planned = plan(load(path), connection=account)
        return apply(planned, approve=lambda made: not made.held).is_converged

    assert use.__annotations__["return"] is bool


def test_importing_the_package_imports_nothing_else_of_it_but_its_version() -> None:
    program = "import sys, ccloud_apply; print([n for n in sys.modules if 'ccloud_apply.' in n])"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "['ccloud_apply._version']"
