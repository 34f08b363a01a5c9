"""Listening: held keys, the phrase, its tempo, key and expression, and whose turn it is.

All of it is pure: (event, now) -> result. No thread, no clock, no port and no model here.
"""
