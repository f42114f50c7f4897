"""Events in: one module per trigger."""
