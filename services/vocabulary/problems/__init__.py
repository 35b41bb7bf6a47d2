"""What is asked of films: each problem is declared in one module of its own, and nothing but that module is about it.

problem.py     what a declaration holds
chest.py       the first: classes of chest films, by the cascade
bone_age.py    a number, from films of the hand
known.py       all of them, by their names: whatever is declared in a module here
"""
