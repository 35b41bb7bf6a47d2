"""Many readers at once, and whether every one of them is answered as one alone would be."""
