"""What only a GPU can show: how fast the networks run on it, and a network that has learnt long enough."""
