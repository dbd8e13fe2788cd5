"""A first project file: what it is to say, proved before anything is written."""

from pathlib import Path

from ccloud_apply.api.account_reader import read
from ccloud_apply.errors import StackError
from ccloud_apply.load.project.build import load_project
from ccloud_apply.load.write.first_project import write_first_project
from ccloud_apply.model.declared.first_project import FirstProject
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import ALWAYS
from ccloud_apply.model.ownership import is_key
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.new.defaults import name_stack

STACKS_FOLDER = "stacks"
_STACKS = (f"{STACKS_FOLDER}/**/*.yaml",)


async def read_customer(run: Run) -> str | None:
    """The customer of the account; None where no operation tells it. Raises ApiError."""
    account = await read(run.client, Account(), ALWAYS)
    return account.customer_id


def describe_first_project(
    path: Path, *, customer_id: str | None = None, endpoint: str | None = None
) -> FirstProject:
    """What the file says: its name is that of the folder, and a folder `stacks` has its stacks."""
    folder = path.resolve().parent
    name = name_stack(folder.name).strip("-")
    return FirstProject(
        name=name if is_key(name) else "project",
        customer_id=customer_id,
        endpoint=endpoint,
        stacks=_STACKS if (folder / STACKS_FOLDER).is_dir() else (),
    )


def build_first_project(path: Path, first: FirstProject) -> str:
    """The text for this path. Raises StackError if it could not be read again."""
    text = write_first_project(first)
    loaded, diagnostics = load_project(text.encode(), path=str(path))
    if loaded is None:
        raise StackError(diagnostics)
    return text
