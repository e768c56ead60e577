"""Tests that walk the whole site."""
