"""Which studies are worth an expert's minutes, and why."""
