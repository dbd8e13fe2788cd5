"""`python -m ccloud_apply`, and the entry point of the installed command."""

import gc
import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    if sys.argv[1:2] == ["__complete"]:  # at every TAB: without click
        from ccloud_apply.cli.completion.answer import answer

        sys.exit(answer(sys.argv[2:]))
    # Plans and accounts are big and without cycles: looking for garbage in them often is wasted.
    gc.set_threshold(100_000, 50, 100)
    # httpx brings a command line of its own along, and with it rich and pygments, where these are
    # installed; where that part cannot be imported, it does without.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    from ccloud_apply.cli.main import run

    code = run(sys.argv[1:])
    gc.freeze()  # else the interpreter looks through all of it for garbage before it ends
    sys.exit(code)


if __name__ == "__main__":
    main()
