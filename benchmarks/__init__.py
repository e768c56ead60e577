"""Benchmark definitions and their versioned taxonomies."""
