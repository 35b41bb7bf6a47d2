"""Damaged and hostile DICOM files, and what becomes of them."""
