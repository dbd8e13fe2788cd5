"""Who may work on what: leases with a fence, journals, slots and permits in the database.

A worker can die or freeze at any moment. What it holds ends by itself, what it has sent is in the
journal, and what it writes or sends afterwards is refused.
"""
