"""Tests that the documents are whole."""
