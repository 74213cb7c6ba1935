"""Plans: who gets which offer under real limits, what it may earn, and what it did earn."""
