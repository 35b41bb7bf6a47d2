"""How much is done now, how fast, and where a film's time goes: computed from the metrics of two moments."""
