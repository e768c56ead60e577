"""Building, freezing and exporting a benchmark's data."""
