"""`make dist`: what a stranger downloads, and by which he can tell that it is ours."""
