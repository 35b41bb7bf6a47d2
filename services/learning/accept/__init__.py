"""The site acceptance kit: the served release over a hospital's own films, before it is switched on and monthly."""
