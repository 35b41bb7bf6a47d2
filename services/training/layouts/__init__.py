"""Data sets as they are published, to the one index that training reads.

a folder ──> nih, kermany, covid, nlm, other ──> Listing ──> index.write ──> index.csv
             one module a layout; only they          what there is,    sizes, masks,
             know names and folders                  and what is not   split

LayoutError    a folder is not laid out as its data set is published
"""
