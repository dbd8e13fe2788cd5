"""The platform's tasks: wait for our own, and for those that others have started."""
