"""What is checked of a suggestion before anybody relies on it: quote, sentence, second opinion, who is spoken to."""
