"""The whole chain once through, as people and programs use it."""
