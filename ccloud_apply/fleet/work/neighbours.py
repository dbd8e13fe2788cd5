"""What the files of other stacks say of a stack's servers: who takes them, and who gives some.

`renamed` and `moved` let servers go from one stack to another. On the command line all files of a
run are held against each other; here each stack runs alone, and the tables know the other files.
"""

from collections.abc import Sequence

from ccloud_apply.errors import CcloudApplyError, StackError, UsageError
from ccloud_apply.fleet.store.statements.declarations import list_broken_naming, list_naming
from ccloud_apply.fleet.store.statements.runs import StackRow, find_stack
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.load.stack.join import check_joined, find_named_stacks, join_stacks
from ccloud_apply.model.declared.stack import Stack


async def with_neighbours(context: Context, row: StackRow, stack: Stack) -> Stack:
    """The stack with what the others say of its servers: one that another file takes is not
    destroyed here, and one that comes is not created.

    Raises StackError if another file still declares what the stack takes, or takes it too;
    UsageError if such a file cannot be loaded, because then nobody knows.
    """
    named = find_named_stacks(stack)
    async with context.database.read() as tx:
        naming = await list_naming(tx, row.account, stack.name)
        rivals = [one for name in named for one in await list_naming(tx, row.account, name)]
        names = sorted({*named, *naming, *rivals} - {stack.name})
        rows = [one for name in names if (one := await find_stack(tx, row.account, name))]
        broken = await list_broken_naming(tx, row.account, stack.name)
    if broken:
        raise UsageError(
            f"servers of it may go to the stack of {broken[0]}, which cannot be loaded",
            hint="fix that file, or remove renamed: and moved: there",
        )
    if not rows:
        return stack
    async with context.load(rows) as loaded:
        others = []
        for one in rows:
            other = loaded[one.name]
            if isinstance(other, CcloudApplyError) or other.stack is None:
                raise UsageError(
                    f"servers go between it and {one.name}, whose file {one.path} cannot be loaded",
                    hint="fix that file, or remove renamed: and moved: there and here",
                )
            others.append(other.stack)
    own = check_joined((stack, *(other for other in others if other.name in {*named, *rivals})))
    if own:
        raise StackError(own)
    # What others want of it and it has not given up is their mistake, and fails their runs.
    honest = [one for one in others if one.name in named or not check_joined((stack, one))]
    return join_stacks((stack, *honest))[0]


def join_honest(stacks: Sequence[Stack]) -> Sequence[Stack]:
    """The stacks of a sweep, each with what the others say of its servers; as they are where they
    do not agree, because then their runs tell."""
    return stacks if check_joined(stacks) else join_stacks(stacks)
