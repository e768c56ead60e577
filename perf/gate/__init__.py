"""What the gate finds of made patients: in headers (`.headers`, `.header_corpus`) and in reports (`.reports`)."""
