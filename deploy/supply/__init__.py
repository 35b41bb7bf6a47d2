"""What is not ours and runs all the same: which versions and files of it (locks), on which terms (licences), what it is
in full (bills), and what is known against it (audit)."""
