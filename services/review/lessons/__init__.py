"""What was learned from readers: what may be taught now, the lessons with their certificates, and approvals."""
