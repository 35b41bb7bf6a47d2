"""What TorchServe's batches are worth, stage by stage: measured on it, and of the networks alone."""
