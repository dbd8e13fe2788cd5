"""What a check is, what it reads, and how checks are found and run."""
