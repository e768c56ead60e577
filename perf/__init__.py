"""Scripts that print what the product reaches: quality, speed, and what they cost."""
