"""Runs the images, docker-compose.yml and the Kubernetes workloads on a real Docker Engine, in a sandbox of its own."""
