"""A patient is forgotten, or is somebody else by now; and films that were read long ago go by themselves.

What goes: pictures, header, names (its file's too), numbers and dates of the film; lungs' contours, and all of the
models' answer but what follows; comments and drawings; opinions on their way; searches that would find the patient,
also in the audit.

What stays of a film: that there was one, and of which scanner; the models' classes, class and version, or the reason of
the refusal; and of each opinion its label, findings, sureness, and how it was given. Nothing of it leads to a person,
and on it rests what is known of how good models and readers are: a figure that judges a model must not change because
somebody asked to be forgotten, and what readers disagreed on must not vanish from it. Exports and lessons leave such
films out: they have no pixels. The audit keeps who looked at which film, by an id of ours of which nobody can be told.
"""
