"""Tests of the scripts in perf/."""
