"""Live servers as a stack file of their own, or into one that is there."""
