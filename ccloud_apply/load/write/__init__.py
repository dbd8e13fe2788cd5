"""Values to the text of a stack file."""
