"""Writes values as the text of a stack file."""
