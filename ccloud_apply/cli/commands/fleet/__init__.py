"""`fleet ...`: many stacks in many accounts. One module a command."""
