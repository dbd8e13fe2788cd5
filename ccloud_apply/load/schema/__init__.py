"""The JSON Schema of a stack file, and how what does not fit it is told."""
