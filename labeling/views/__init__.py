"""Pages: a reader's (reader) and a curator's (rounds)."""
