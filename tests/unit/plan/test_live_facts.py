"""What is known of a live server, for documents."""

from dataclasses import replace

from ccloud_apply.aspects.base import NO_CATALOGUES, Catalogues
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.plan.live_facts import known_facts, tell_gone
from tests.support.builders import IMAGES, live

CATALOGUES = Catalogues(images=IMAGES)
SERVER = replace(live(key="web"), disk_gb=70, os_name="Linux Debian 12", notes="ask Jane")
BARE = replace(SERVER, parts={})


def test_fields_are_told_declared_or_not_and_the_tags_of_ours_stand_apart() -> None:
    facts = known_facts(replace(SERVER, tags=(*SERVER.tags, "database")), CATALOGUES)
    assert facts["notes"] == "ask Jane"
    assert facts["image"] == "debian12_uefi"
    assert facts["tags"] == ["database"]
    assert set(facts["ownership_tags"]) == set(SERVER.tags)


def test_what_was_not_read_is_left_out_and_never_asked_for() -> None:
    facts = known_facts(BARE, NO_CATALOGUES)
    assert not any(name.startswith("disks") for name in facts)
    assert "image" not in facts
    assert (facts["disk"], facts["os_name"]) == (70, "Linux Debian 12")


def test_a_field_that_is_sensitive_is_never_told() -> None:
    sensitive = {name for name, aspect in ASPECTS.items() if aspect.is_sensitive}
    assert sensitive
    assert not sensitive & set(known_facts(SERVER, CATALOGUES))


def test_what_goes_is_name_size_system_and_tags() -> None:
    named = replace(BARE, custom_name="till", tags=("database",))
    told = {fact.field: fact.before for fact in tell_gone(named, NO_CATALOGUES)}
    assert told == {
        "custom_name": "till",
        "tags": ["database"],
        "cores": 2,
        "memory": 4,
        "disk": 70,
        "os_name": "Linux Debian 12",
    }
    assert next(iter(told)) == "custom_name"


def test_the_disks_and_the_image_are_told_where_they_are_known() -> None:
    told = {fact.field for fact in tell_gone(SERVER, CATALOGUES)}
    assert {"disks.1", "image"} <= told
    assert not {"disk", "os_name"} & told
