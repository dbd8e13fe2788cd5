"""Commands that need no account: journal, schema, sandbox."""
