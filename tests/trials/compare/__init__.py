"""The same three networks behind other serving libraries, written as their documentation writes a pipeline.

Each is one module, with_NAME.py, and holds nothing but what joins the library to work.py, which is the same for all.
They run in environments of their own (environments.py), so they import nothing of this package but work.
"""
