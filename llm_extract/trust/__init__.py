"""How far a backend can be trusted: gold sets, scores, causes, stress, calibration, prevalence and cost. Pure."""
