"""The embedded engine: lexicon, scopes of English, findings and their labels; no model, no key, no cost."""
