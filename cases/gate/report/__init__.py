"""Of a report: where its text names or numbers a person, and the text with that masked."""
