"""How the platform behaves: what it refuses, what a task does, what things cost."""
