"""The commands of core."""
