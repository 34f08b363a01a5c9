"""How weights are learnt: the loop, and an update by foretelling or against a critic."""
