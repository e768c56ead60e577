"""Intake of many files (`python -m perf.intake`), of films (`.pixels`) and of damaged ones (`.mutated_files`)."""
