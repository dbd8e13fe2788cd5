"""A plan, tried on a copy of the account."""
