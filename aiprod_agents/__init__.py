"""The studio: the crew as a state machine, and what stands around it."""
