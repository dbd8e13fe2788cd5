"""What the product does, as functions from values to values: plan, apply, drift, export, rehearse.

Nothing here knows a terminal, a flag or an exit code, and nothing reads the environment: it is a
parameter. Approval and events are callbacks. What a person sees belongs to `cli/`.
"""
