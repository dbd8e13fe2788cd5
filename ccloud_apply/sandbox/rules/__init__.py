"""The rules of the platform: what it refuses, what a task does, what a server costs."""
