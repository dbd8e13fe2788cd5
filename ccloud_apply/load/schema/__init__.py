"""The JSON Schema of a stack file, validation against it, and messages for violations."""
