"""Users, roles, invitations, tokens, and who may open what."""
