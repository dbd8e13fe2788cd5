"""What a stack says of the account itself; it has no aspect, only effects."""
