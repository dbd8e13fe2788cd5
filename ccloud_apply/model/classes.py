"""The classes of change: what `--allow` names, and what windows and freezes are for."""

CLASSES = (
    "create",
    "update",
    "downtime",
    "adopt",
    "replace",
    "reinstall",
    "retire",
    "restore",
    "destroy",
)
