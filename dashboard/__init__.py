"""Home pages of each role, and progress along the chain."""
