"""What readers said, de-identified, in the form that training reads."""
