"""What a check is, and what several of them share."""
