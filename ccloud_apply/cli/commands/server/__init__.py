"""Commands about one server."""
