"""A first stack file loads as what was asked for, whatever was typed."""

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.write.first_stack import write_first_stack
from ccloud_apply.load.write.insert import insert_servers
from ccloud_apply.model.declared.first_stack import FirstStack, NewServer

SERVER = NewServer(
    key="web",
    pool="pool_iw_ssd",
    type="unmanaged",
    image="debian12_uefi",
    cores=2,
    memory_gb=4,
    disks_gb=(50, 100),
)


def load(text: str) -> Loaded:
    return load_stack(
        text.encode(), path="stack.yaml", variables=VariableSources(), look=lambda _: None
    )


def test_it_says_where_the_schema_is_and_what_each_field_means() -> None:
    text = write_first_stack(FirstStack(name="shop", server=SERVER))
    first, *rest = text.splitlines()
    assert first == "# yaml-language-server: $schema=stack.schema.json"
    assert "    memory: 4                     # GB" in rest
    assert "count:" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_several_servers_have_a_count_that_names_them() -> None:
    several = NewServer(
        **{
            **{name: getattr(SERVER, name) for name in SERVER.__slots__},
            "count": 3,
        }
    )
    text = write_first_stack(FirstStack(name="shop", server=several))
    assert "count: 3                      # web-1 to web-3" in text
    loaded = load(text).stack
    assert loaded is not None
    assert [spec.key for spec in loaded.servers] == ["web-1", "web-2", "web-3"]


def test_without_new_servers_adopted_ones_are_inserted() -> None:
    text = write_first_stack(FirstStack(name="shop"))
    assert "servers:" not in text
    loaded = load(insert_servers(text, {"db": {"hostname": "vs10001"}})).stack
    assert loaded is not None
    assert [(spec.key, spec.hostname) for spec in loaded.servers] == [("db", "vs10001")]


def test_adopted_servers_follow_the_new_ones() -> None:
    text = write_first_stack(FirstStack(name="shop", server=SERVER))
    loaded = load(insert_servers(text, {"db": {"hostname": "vs10001"}})).stack
    assert loaded is not None
    assert [spec.key for spec in loaded.servers] == ["web", "db"]


@given(st.text(min_size=1, max_size=30), st.sampled_from(["web", "memory", "a-1", "1", "on"]))
def test_whatever_the_catalogue_or_a_person_says_stays_a_value(text: str, key: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    fields = {name: getattr(SERVER, name) for name in SERVER.__slots__}
    server = NewServer(**{**fields, "key": key, "pool": text, "image": text})
    loaded = load(write_first_stack(FirstStack(name="shop", server=server)))
    if loaded.stack is None:  # a value that no pool can have is refused, and named
        assert {d.where for d in loaded.diagnostics} <= {
            f"servers.{key}.pool",
            f"servers.{key}.image",
        }
        return
    (spec,) = loaded.stack.servers
    assert (spec.key, spec.value("pool"), spec.value("image")) == (key, text, text)
    assert spec.fields.keys() == {name for name, one in ASPECTS.items() if one.is_needed_to_create}
