"""Who uses the page: sign-in, sessions and roles."""
