"""A plan's steps as a picture, one module a format."""
