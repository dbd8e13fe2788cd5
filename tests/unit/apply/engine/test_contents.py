"""The files of a plan: what was approved is what is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.apply.engine.contents import bind_contents, check_contents
from ccloud_apply.errors import ChangedReferenceError
from ccloud_apply.model.declared.reference import Hole, Reference, Template
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


def template(*parts: str | Hole, name: str = "ci.tmpl") -> Template:
    secrets = (("T", Reference("env", "CCLOUD_SECRET_T", "stacks/web.yaml", is_secret=True)),)
    return Template(name, "stacks/web.yaml", secrets, parts)


def test_each_server_has_the_digest_of_what_it_gets_from_a_template_and_no_file_is_read() -> None:
    first, second = template("for a"), template("for b")
    bodies = {"user_data": first}, {"user_data": second}
    disk = Disk()
    (bound,) = bind_contents(
        plan(step("a/create", body=bodies[0]), step("b/create", body=bodies[1])), disk.read
    ).stacks
    assert bound.contents == {
        "stacks/ci.tmpl#a": first.digest,
        "stacks/ci.tmpl#b": second.digest,
    }
    assert first.digest != second.digest
    assert disk.reads == []


PARTS = st.lists(st.one_of(st.text(), st.builds(Hole, st.just("T"), st.sampled_from(["", " "]))))


@given(PARTS, PARTS)
def test_a_digest_tells_all_texts_apart_whatever_the_secret(
    one: list[str | Hole], other: list[str | Hole]
) -> None:
    """No text spells a secret's name so that it is taken for the secret."""
    is_same = all(
        template(*one).fill({"T": secret}) == template(*other).fill({"T": secret})
        for secret in ("\n\0x", "\n\0yy", "")
    )
    if template(*one).digest == template(*other).digest:
        assert is_same
    spelled = template(template(*one).text)
    assert (spelled.digest == template(*one).digest) is not any(isinstance(p, Hole) for p in one)


@given(PARTS)
def test_where_a_text_is_cut_is_no_matter_for_its_digest(parts: list[str | Hole]) -> None:
    whole = [one for part in parts for one in (part if isinstance(part, str) else [part])]
    assert template(*whole).digest == template(*parts).digest


def test_a_plan_that_was_not_bound_reads_what_is_there() -> None:
    unbound: Plan = plan(step("a/create", body={"sshkey": KEY}))
    assert check_contents(unbound, Disk().read)(KEY) == "ssh-ed25519 A"
