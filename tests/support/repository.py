"""A repository with one stack, whose branches a test changes."""

from pathlib import Path

from tests.support.git import run_git


class Repository:
    """A clone with its branches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> str:
        return run_git(self.folder, *arguments)

    def commit(self, text: str) -> None:
        """Let the stack file say this."""
        (self.folder / "stacks").mkdir(exist_ok=True)
        (self.folder / "stacks" / "web.yaml").write_text(text)
        self.git("add", "stacks")
        self.git("commit", "--quiet", "--message", "change")
