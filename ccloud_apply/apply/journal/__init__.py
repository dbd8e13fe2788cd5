"""The journal on disk: what was sent, before it is sent."""
