"""What a plan costs a month, and what a policy says to that."""
