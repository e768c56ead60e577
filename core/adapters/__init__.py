"""I/O at the border of core: the embedded database server and the folder broker."""
