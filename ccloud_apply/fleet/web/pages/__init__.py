"""Pages as text: pure functions from what was read to HTML."""
