"""The LSTM that generator and critic are made of, while they learn; it does not play."""
