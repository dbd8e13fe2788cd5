"""What a person or a runner sees: the terminal, the live view, GitHub."""
