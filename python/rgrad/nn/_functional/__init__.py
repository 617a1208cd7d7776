"""The parts of ``nn.functional``, by topic."""
