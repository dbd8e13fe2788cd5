"""What `new` does at the command line: reads, asks, builds, writes, and says what to run next.

What is asked belongs to new_questions.py, what the file says to `workflows/new/`.
"""

import shlex
from pathlib import Path

from ccloud_apply.cli.interview import Interview
from ccloud_apply.cli.new_questions import Questions, choose_adopted, tell_unread
from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.new import AdoptFlags, NewServerFlags, require_free_place
from ccloud_apply.cli.repeat import complete_text, current_flags
from ccloud_apply.cli.settings import Settings
from ccloud_apply.errors import UsageError
from ccloud_apply.files import STACK_SUFFIXES
from ccloud_apply.load.write.first_stack import SCHEMA_FILE
from ccloud_apply.model.declared.first_stack import FirstStack
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.export.write import create_new
from ccloud_apply.workflows.inputs.project import ProjectChoice
from ccloud_apply.workflows.new.defaults import name_stack
from ccloud_apply.workflows.new.first_stack import WrittenStack, build_first_stack
from ccloud_apply.workflows.new.offer import read_offer


def require_place(file: str) -> None:
    """Raises UsageError for a file that exists, or that cannot be a new stack file."""
    path = Path(file)
    if path.suffix not in STACK_SUFFIXES:
        raise UsageError(
            f"{file} is not the name of a stack file, which ends with .yaml or .yml",
            hint=f"ccloud-apply new {shlex.quote(str(_suggest(path)))}",
        )
    require_free_place(file)


def _suggest(path: Path) -> Path:
    """The name of a stack file in place of this one; `.` and `/` have no name of their own."""
    return path.with_suffix(".yaml") if path.name.strip(".") else path / "stack.yaml"


class NewStack:
    """One run: asks, builds, writes."""

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        file: str,
        server: NewServerFlags,
        adopt: AdoptFlags,
        *,
        project: ProjectChoice,
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._file = file
        self._server = server
        self._adopt = adopt
        self._project = project
        is_asked = terminal.can_ask and bool(server.missing) and not self._adopts_alone
        self._interview = Interview(terminal) if is_asked else None

    @property
    def _adopts_alone(self) -> bool:
        """True if the flags say to adopt and nothing of new servers."""
        return self._adopt.is_given and not self._server.has_server

    async def write(self, run: Run) -> WrittenStack:
        """Read, ask, build and write; the file is there once all of it is proved."""
        limits = self._settings.limits
        has_prices = self._interview is not None
        if self._interview is not None:
            self._interview.tell(
                f"This writes {self._file}, a first stack. It changes nothing in the account.\n"
            )
        offer = await read_offer(run, limits, has_prices=has_prices)
        if unread := tell_unread(offer):
            self._terminal.write_warning(unread)
        questions = Questions(self._interview, offer, self._server, limits)
        name = await questions.stack_name(name_stack(Path(self._file).resolve().parent.name))
        adopted = await choose_adopted(self._interview, offer, self._adopt)
        first = FirstStack(name=name)
        if await self._wants_server(is_adopting=bool(adopted)):
            first = FirstStack(name=name, server=await questions.new_server())
        written = await build_first_stack(
            run, self._file, first, offer, adopted=adopted, limits=limits, project=self._project
        )
        create_new(self._file, written.text)
        return written

    async def _wants_server(self, *, is_adopting: bool) -> bool:
        if self._adopts_alone:
            return False
        if self._interview is None or not is_adopting:
            return True
        return await self._interview.confirm("Declare new servers as well?")

    def conclude(self, written: WrittenStack) -> None:
        """Say what was written and what it would do, and what to run next."""
        if written.warnings:
            write_diagnostics(self._terminal, written.warnings)
        lines = [f"Wrote {escape_line(self._file)}.", ""]
        if written.plan is None:
            lines[1:1] = [f"It is valid, but was not planned: {escape_short(written.why, 300)}"]
        else:
            from ccloud_apply.render.plan.words import conclude, cost_lines

            (stack,) = written.plan.stacks
            lines[1:1] = [*cost_lines(stack), conclude(written.plan)]
        file = shlex.quote(self._file)
        schema = shlex.quote(str(Path(self._file).parent / SCHEMA_FILE))
        lines += [
            "Next:",
            f"  {self._complete(f'ccloud-apply plan {file}')}",
            f"  {self._complete(f'ccloud-apply apply {file}')}",
            f"  ccloud-apply schema > {schema}    # for an editor that completes YAML",
        ]
        self._terminal.write_result("\n".join(lines))

    def _complete(self, command: str) -> str:
        """The command for the account of this run."""
        completed = complete_text(command, current_flags())
        if self._settings.connection.is_sandbox and completed == command:
            return command.replace("ccloud-apply", "ccloud-apply --sandbox", 1)
        return completed
