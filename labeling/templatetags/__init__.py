"""Template tags of the reading room: `keys` (a reader's own keys on buttons)."""
