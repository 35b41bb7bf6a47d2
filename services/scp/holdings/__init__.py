"""What the listener holds, films and results, as DICOMweb finds and fetches it."""
