"""The player: a small process of its own that owns the ports, the transport and the schedule."""
