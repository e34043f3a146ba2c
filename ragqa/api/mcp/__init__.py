"""The Model Context Protocol: asking, cards and rulings as tools of other programs' models."""
