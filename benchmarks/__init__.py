"""How fast the product is, against what it cannot be faster than. `python -m benchmarks` runs all.

One module per benchmark, each with a `measure()` that gives rows; nothing here asserts a time. What
is measured and why is in docs/benchmarks.md. Correctness belongs to tests/.
"""
