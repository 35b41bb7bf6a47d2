"""The embedded default: supervisor runs Valkey, the TorchServes and the gateway on this machine's loopback."""
