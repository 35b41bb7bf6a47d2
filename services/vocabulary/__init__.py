"""What things are called, said once for every service, page and document: stages, conditions, reasons of refusal.

It imports nothing but Python, and does not travel in the archives: a label for people must not rename a model.
"""
