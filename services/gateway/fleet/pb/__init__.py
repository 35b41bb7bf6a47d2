"""Generated from protos/gateway by `make generated`."""
