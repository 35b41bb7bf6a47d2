"""What an assessment is, and the forms in which it leaves: pictures, DICOM objects, FHIR. Shared by the services."""
