"""Which commands there are: their names, their short helps, the modules they stand in.

Data alone, without click and without a command: `--help` is made of it, and so is the JSON of a run
that failed. How a command is found and called belongs to main.py.
"""

COMMANDS = {
    "new": "Write a first stack file, a project file or a pipeline.",
    "validate": "Check stack files, offline.",
    "fmt": "Format stack files; keeps comments, never changes a value.",
    "plan": "Show what apply would change.",
    "apply": "Make the account match the stacks.",
    "destroy": "Remove every server of the stacks.",
    "rehearse": "Try a plan on a copy of the account.",
    "drift": "Compare what is live with what is declared.",
    "inventory": "List servers with their addresses, for people and other tools.",
    "explain": "Explain one server: what is declared, live and planned.",
    "show": "Render a saved plan.",
    "export": "Write live servers as a stack file.",
    "graph": "Draw a plan's steps and their order.",
    "catalog": "List what the account offers: pools, images, addons, prices.",
    "tasks": "List the account's tasks, or wait for one.",
    "api": "Call any operation of the API.",
    "password": "Show the password that the platform keeps for a server.",
    "console": "Show the address of a server's console.",
    "restore": "Take a server back to a snapshot.",
    "subscription": "List subscriptions, and move servers into or out of them.",
    "invoices": "List the account's invoices, or show one of them or the next.",
    "reports": "List the account's monthly reports, or write one to a file.",
    "performance": "Show charts of how busy a server was.",
    "journal": "Show what earlier applies sent, and what is unfinished.",
    "fleet": "Keep many stacks in many accounts as declared, all the time.",
    "schema": "Print the JSON Schema of a stack file.",
    "completion": "Print the completion script for a shell.",
    "sandbox": "Serve, seed or reset the embedded API.",
}
"""Every command with its short help."""

EVENT_COMMANDS = ("apply", "destroy", "restore")
"""Commands whose JSON is a stream of events."""

_FOLDERS = {
    "plan": ("validate", "plan", "show", "graph", "rehearse"),
    "change": ("apply", "destroy"),
    "account": (
        *("drift", "explain", "export", "catalog", "tasks", "inventory", "api"),
        *("subscription", "invoices", "reports"),
    ),
    "server": ("password", "console", "restore", "performance"),
    "fleet": ("fleet",),
    "local": ("new", "fmt", "journal", "schema", "completion", "sandbox"),
}
"""The folder of `commands/` in which each command's module stands; it has the command's name."""


FLEET_COMMANDS = {
    "init": "Write a first fleet.yaml.",
    "check": "Check fleet.yaml, its sources and its credentials.",
    "serve": "Serve the page and run what is due.",
    "worker": "Work on a fleet on PostgreSQL.",
    "migrate": "Upgrade the database to this version.",
    "status": "List the stacks and their states.",
    "plan": "Plan one stack now.",
    "run": "Run one stack now.",
    "approve": "Approve a proposed plan, so that it is applied.",
    "reject": "Reject a proposed plan.",
    "pause": "Leave stacks alone for a while.",
    "resume": "End the pauses of stacks.",
    "history": "List what runs have done.",
    "show": "Show the plan, drift and journal of a run.",
    "audit": "List who decided what.",
}
"""Every command of `fleet` with its short help; its module is `cli/commands/fleet/NAME.py`."""


def command_module(name: str) -> str:
    """The dotted name of the command's module."""
    folder = next(folder for folder, names in _FOLDERS.items() if name in names)
    return f"ccloud_apply.cli.commands.{folder}.{name}"


def fleet_command_module(name: str) -> str:
    """The dotted name of the module of a command of `fleet`."""
    return f"ccloud_apply.cli.commands.fleet.{name}"
