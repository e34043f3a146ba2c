"""From the words of a question to the cards meant: proposals, their scores, and the choice among them."""
