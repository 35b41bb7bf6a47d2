"""What ties a release to evidence: certificates that learning writes and signs, and the gateway asks for."""
