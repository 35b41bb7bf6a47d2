"""Learning for the problems whose answer is a number: a correction of it, and its interval, by what readers measured.

said.py        what readers said, of an export
served.py      the stage that answers now, and what it says of films
correction.py  what is taught: scale, shift and interval
lesson.py      a lesson's folder
judge.py       parent and candidate on the films that judge
candidate.py   what can be served
rounds.py      the verbs
"""
