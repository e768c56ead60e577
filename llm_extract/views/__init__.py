"""Pages of the extraction room: runs, studies, backends, prompts and exports, each in a module of its own."""
