"""A small hospital on loopback: a modality (dcmtk), a PACS (Orthanc), and films to send."""
