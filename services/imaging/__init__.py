"""From the bytes of a file to a radiograph, and to what its header says: DICOM, PNG, JPEG."""
