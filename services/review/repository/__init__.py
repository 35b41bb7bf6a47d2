"""The hospital's audit record repository, to which each row of the audit is sent."""
