"""Memory of ``torch.empty`` is not filled here; the setting is kept."""
fill_uninitialized_memory = True
