"""What is checked of a suggestion before anybody relies on it: its quote, its sentence, a second opinion, and who the text speaks to."""
