"""Exit codes of commands that have done their work; errors and signals belong to failure.py."""

DIFFERENT = 2
"""`plan --detailed-exitcode`: there are changes; `drift`: there is drift."""

HELD = 3
"""A guard blocks the plan: nothing was changed."""
