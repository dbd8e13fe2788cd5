"""`python -m ccloud_apply`, and the entry point of the installed command."""

import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    from ccloud_apply.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
