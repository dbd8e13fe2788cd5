"""What a server is called and described by: custom name, notes, tags."""
