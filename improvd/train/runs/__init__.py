"""What a run stands on: its folder, its hyper-parameters, its network, and the windows it hears."""
