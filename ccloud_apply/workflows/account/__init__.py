"""Which account, how it is reached, and what one run works with."""
