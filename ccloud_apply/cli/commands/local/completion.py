"""`completion SHELL`: the script by which a shell completes the command line."""

from pathlib import Path

import click

from ccloud_apply.cli import completion
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options

SHELLS = ("bash", "zsh", "fish")


@click.command(name="completion")
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
@connection_options
def command(shell: str) -> int:
    """Print the script that completes commands, options and values in a shell.

    \b
    ~/.bashrc:                  eval "$(ccloud-apply completion bash)"
    ~/.zshrc, after compinit:   eval "$(ccloud-apply completion zsh)"
    ~/.config/fish/config.fish: ccloud-apply completion fish | source
    """
    script = Path(completion.__file__).parent / "scripts" / f"ccloud-apply.{shell}"
    Terminal().write_result(script.read_text(encoding="utf-8").rstrip("\n"))
    return 0
