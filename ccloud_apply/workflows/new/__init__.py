"""A first stack file: what the account offers for it, and its text, proved."""
