"""The pages that people open in a browser: rendered here, made livelier by small scripts, usable without them."""
