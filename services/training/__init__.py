"""The offline training tool: fits, measures and exports the weights that the model stages serve."""
