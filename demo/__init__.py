"""The synthetic world: studies with planted findings, drawn and reported from a seed."""
