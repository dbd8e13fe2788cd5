"""What is attached to a server: ISO images, boot order, addresses."""
