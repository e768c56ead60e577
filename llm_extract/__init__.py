"""From a report to findings, from findings to suggested labels."""
