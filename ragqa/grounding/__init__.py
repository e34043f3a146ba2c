"""What an answer may rest on: the gate, effect facts, sound rules, attribution."""
