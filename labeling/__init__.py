"""Reading rounds: assignment, the reader's pages, verdicts."""
