"""The mind: listens, decides turns, runs the model, and looks after the player process."""
