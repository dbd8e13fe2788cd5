"""Values to JSON documents and back."""
