"""What is read before anything is asked of the API: stack files, plan files, reports."""
