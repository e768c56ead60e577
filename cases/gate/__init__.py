"""The gate: what a study must pass before anyone sees it, and the header that may be shown of it. Pure functions."""
