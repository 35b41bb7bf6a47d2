"""What readers' opinions say about the models, the readers, and both."""
