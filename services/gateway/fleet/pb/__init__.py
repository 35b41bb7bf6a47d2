"""Generated from protos/gateway by `make protos`."""
