"""The figures of the reading room, beside Cornerstone3D: `python -m perf.reading`."""
