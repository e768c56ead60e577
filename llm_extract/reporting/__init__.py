"""What was found, told otherwise: a patient's timeline and the export formats of the field. Pure."""
