"""Encryption at rest: each film's files under a key of its own, so that who forgets the key forgets the film.

settings    which key-encryption key there is
kek         key-encryption keys: films' keys are wrapped by them
keys        the file of wrapped keys, one record each, overwritten in place where a film is forgotten
form        what a sealed file looks like: chunks, each encrypted and authenticated
ring        the keys themselves: made, found, destroyed, wrapped anew
vault       writes, reads, forgets
"""
