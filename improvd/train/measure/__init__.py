"""How good it is: what a network foretells, whether it listens, and what it plays by itself."""
