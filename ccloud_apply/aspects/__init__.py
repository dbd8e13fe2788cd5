"""The fields of a server that a stack file can manage, one module each."""
