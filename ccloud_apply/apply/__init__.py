"""A plan becomes reality: its steps are sent in order and their tasks are waited for."""
