"""What the services' HTTP doors have in common: problem details, request ids, uploads, and what some headers mean."""
