"""A patient, studies or films are forgotten: films, results, what waits for peers, the index, and UIDs in the ledger.

The ledger knows no patients, but UIDs, by which a PACS knows them. Its rows stay, so that it still tells how many films
came, from whom, and how they ended; each loses its UIDs and details, and gets a random id in the place of its own,
which was made from UID and bytes. So the same film that is sent again is a new one, and is taken.
"""
