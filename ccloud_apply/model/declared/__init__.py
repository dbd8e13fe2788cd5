"""What the user wrote: stacks, references, places."""
