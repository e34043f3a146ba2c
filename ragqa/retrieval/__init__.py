"""From a question to scored passages: linking, dense and lexical channels, the card-ruling graph, fusion."""
