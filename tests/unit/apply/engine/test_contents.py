"""The files of a plan: what was approved is what is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.apply.engine.contents import bind_contents, check_contents
from ccloud_apply.errors import ChangedReferenceError
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.plan import Plan
from tests.support.step_plans import plan, step

CONFIG = Reference("file", "files/ci.cfg", "stacks/web.yaml")
KEY = Reference("file", "k.pub", "stacks/web.yaml")
SECRET = Reference("file", "password", "stacks/web.yaml", is_secret=True)
PLAN = plan(
    step("a/create", body={"user_data": CONFIG, "sshkey": KEY, "password": SECRET}),
    step("b/create", body={"user_data": CONFIG}),
)


class Disk:
    """Files by the names that references use, and how often each was read."""

    def __init__(self, **files: str) -> None:
        self.files = {"files/ci.cfg": "#cloud-config", "k.pub": "ssh-ed25519 A", **files}
        self.reads: list[str] = []

    def read(self, reference: Reference) -> str:
        self.reads.append(reference.name)
        return self.files[reference.name]


def test_every_file_is_read_once_and_no_secret_is_read() -> None:
    disk = Disk()
    (bound,) = bind_contents(PLAN, disk.read).stacks
    assert sorted(bound.contents) == ["stacks/files/ci.cfg", "stacks/k.pub"]
    assert sorted(disk.reads) == ["files/ci.cfg", "k.pub"]
    assert "cloud" not in str(bound.contents)


@given(before=st.text(), after=st.text())
def test_a_text_is_given_back_exactly_if_it_is_the_one_that_was_bound(
    before: str, after: str
) -> None:
    bound = bind_contents(PLAN, Disk(**{"k.pub": before}).read)
    read = check_contents(bound, Disk(**{"k.pub": after}).read)
    if before == after:
        assert read(KEY) == after
        return
    with pytest.raises(ChangedReferenceError, match=r"the file stacks/k\.pub changed"):
        read(KEY)


def test_what_is_compared_is_what_is_given_back_and_not_a_second_read() -> None:
    disk = Disk()
    bound = bind_contents(PLAN, disk.read)
    disk.reads.clear()
    assert check_contents(bound, disk.read)(CONFIG) == "#cloud-config"
    assert disk.reads == ["files/ci.cfg"]


def test_a_secret_may_be_rotated_after_the_plan() -> None:
    bound = bind_contents(PLAN, Disk().read)
    assert check_contents(bound, Disk(password="new").read)(SECRET) == "new"


@pytest.mark.parametrize(
    "secret",
    [
        Reference("file", "k.pub", "stacks/web.yaml", is_secret=True),
        Reference("env", "k.pub", "stacks/web.yaml", is_secret=True),
    ],
)
def test_a_secret_is_never_compared_with_a_file_of_its_name(secret: Reference) -> None:
    bound = bind_contents(PLAN, Disk().read)
    assert check_contents(bound, Disk(**{"k.pub": "new"}).read)(secret) == "new"


def test_a_plan_that_was_not_bound_reads_what_is_there() -> None:
    unbound: Plan = plan(step("a/create", body={"sshkey": KEY}))
    assert check_contents(unbound, Disk().read)(KEY) == "ssh-ed25519 A"
