"""Language models at the border: servers reached through the openai SDK, and models run in process."""
