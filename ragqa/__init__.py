"""ragqa: rules questions about card interactions, answered from card texts and official rulings."""

__version__ = "0.1.0"
