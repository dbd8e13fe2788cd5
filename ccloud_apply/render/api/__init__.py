"""What the command `api` shows: answers, operations and one operation's help."""
