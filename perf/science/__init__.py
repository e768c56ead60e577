"""What the science costs and how good it is, beside bounds and naive ways: `python -m perf.science`."""
