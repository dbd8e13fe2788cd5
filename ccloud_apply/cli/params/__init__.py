"""What several commands take: options and their values."""
