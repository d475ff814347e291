"""The run over many documents: which inputs, in which order, by how many processes."""
