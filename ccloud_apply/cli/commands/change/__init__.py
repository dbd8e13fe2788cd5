"""Commands that change the account: apply, destroy."""
