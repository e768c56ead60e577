"""Pages of the extraction bench: gold sets, trials, their comparison, stress trials and barred versions."""
