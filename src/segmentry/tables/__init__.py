"""Tables: roles, contracts, validation, quarantine, cleaning; from text to one clean dataset."""
