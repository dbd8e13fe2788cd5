"""What a worker does with a job: polls a source, sweeps an account, runs a stack."""
