"""Files of the repository that are written from others: what each holds, so that a test can tell which is stale."""
