"""What the account is billed for, and by which contracts."""
