"""A fleet on PostgreSQL whose workers are killed and frozen: what has come of its stacks."""
