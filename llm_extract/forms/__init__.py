"""What people fill in in the extraction room."""
