"""What wakes a worker: in this process, or over PostgreSQL. Jobs are disposable."""
