"""What training, the gateway and the stages must agree on; it travels inside each model archive."""
