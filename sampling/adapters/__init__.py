"""Files of the sampling room."""
