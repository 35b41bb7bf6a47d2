"""The stages of the cascade.

Whoever handles all of them alike (configuration, replicas, releases, archives, reports) takes them from here. What the
cascade does with each is in gateway/cascade.py, where their names are written out.
"""

STAGES = ("discriminator", "segmenter", "classifier")
"""In the order in which a film comes to them."""
