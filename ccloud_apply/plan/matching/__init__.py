"""Which live server is which declared one: by tags, by moves, by selection."""
