"""The project file: what all stacks of a repository share, and its environments."""
