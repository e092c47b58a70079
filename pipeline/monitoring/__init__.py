"""How far customers, scores and answers have moved."""
