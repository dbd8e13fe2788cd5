"""What the API says: servers, tasks, catalogues."""
