"""Git as the author of a repository runs it."""

import subprocess
from pathlib import Path


def run_git(folder: Path, *arguments: str, who: str = "Jane Doe") -> str:
    """Run git in the folder; what it prints, without the line feed at the end."""
    settings = {
        "user.name": who,
        "user.email": "jane@example.org",
        "commit.gpgsign": "false",
        "init.defaultBranch": "main",
    }
    given = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
    ended = subprocess.run(
        ["git", "-C", str(folder), *given, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.stdout.strip()
