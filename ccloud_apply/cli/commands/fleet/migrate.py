"""`fleet migrate`: brings the database of a fleet to the version of this program."""

import os
from typing import TYPE_CHECKING

import click

from ccloud_apply.cli.fleet_database import name_person
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.model.text import count_of

if TYPE_CHECKING:
    from ccloud_apply.fleet.store.migrate import Migrated


@click.command(name="migrate")
@click.option(
    "--restored",
    "is_restored",
    is_flag=True,
    help="Say that the database is a restored backup, so that later changes are looked for.",
)
@config_option
@connection_options
def command(is_restored: bool, config: str) -> None:
    """Upgrade the database to this version.

    It is safe to run this again, and by several processes at once. A SQLite database needs no
    migration: every command upgrades it.
    """
    from ccloud_apply.fleet.config.load import read_fleet
    from ccloud_apply.fleet.store.upgrade import upgrade

    fleet, work_dir = read_fleet(config), read_work_dir(os.environ)
    who = name_person() if is_restored else None
    done = run_until_signal(lambda stop: upgrade(fleet, os.environ, work_dir, restored_by=who))
    terminal = Terminal()
    terminal.write_result(f"Database: {done.name}\n{_say('Tables', 'version', done.tables)}")
    if done.engine is not None:
        terminal.write_result(_say("Engine", "migration", done.engine))
    if done.journals is not None:
        terminal.write_result(
            f"Restored: {count_of(done.journals, 'journal')} may lack an end; before such a stack"
            " creates servers, what may be on its way is waited for"
        )


def _say(what: str, unit: str, done: "Migrated") -> str:
    if done.before == done.after:
        return f"{what}: {unit} {done.after} already"
    start = "new" if done.before == 0 else f"{unit} {done.before}"
    return f"{what}: {start} -> {unit} {done.after}"
