"""One file with all that nobody can make again, written while everything runs; and back again.

site        what there is to keep, by the services' own settings
making      the backup: reading_room, listener, databases, in an order that loses nothing; archive, encryption
restoring   unpacking beside what is there, checking, and only then swapping
after       what has to be done once the files are back
"""
