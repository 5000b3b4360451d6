"""How far every figure is off: the simulator's scenarios against their truth, or an operator's own labelled frames."""
