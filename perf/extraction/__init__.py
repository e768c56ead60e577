"""Quality, speed and faults of the pipeline that reads reports: `python -m perf.extraction --data PATH`."""
