"""What only the create request can set."""
