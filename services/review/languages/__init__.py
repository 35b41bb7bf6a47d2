"""Texts in the language of whoever reads them.

English is in the sources, and is the ID of each text; es.po has the others. `make generated` brings it up to the
sources.

spoken.py       which language a request is answered in
texts.py        a text in that language
catalogue.py    the texts of a language
moments.py      days and times of day
numbers.py      numbers
gateway.py      what the gateway says in English
embedded.py     the texts of a page's TypeScript
"""
