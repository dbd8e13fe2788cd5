"""An apply's events and progress."""
