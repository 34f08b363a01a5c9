"""Weights -> model files, one step of a network each, and back."""
