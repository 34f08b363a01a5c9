"""Measures what a player would feel: `improvd run` as a user starts it, over a real jackd."""
