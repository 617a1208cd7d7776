"""Kept for the name: PyTorch has the graph functions of some layers here; ours are in the core."""
