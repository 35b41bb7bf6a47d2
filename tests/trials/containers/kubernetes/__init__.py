"""Workloads of Kubernetes manifests as containers of a Docker Engine: what kubelet does with a pod is done here."""
