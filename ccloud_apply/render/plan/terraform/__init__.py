"""A plan in the form of Terraform, for tools that read that."""
