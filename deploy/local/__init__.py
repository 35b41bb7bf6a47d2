"""The embedded default: supervisor runs Valkey, one TorchServe a stage and the gateway on this machine's loopback."""
