"""The trial of the ears: sentences, voices and sounds to measure by how much they hear."""
