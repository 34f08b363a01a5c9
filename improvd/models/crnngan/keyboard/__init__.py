"""Which key is struck, by its frequency and its pitch class; it does not play."""
