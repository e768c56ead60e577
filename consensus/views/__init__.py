"""Pages of consensus: outcomes and agreement of a round (rounds), its bias (bias), its readers (readers)."""
