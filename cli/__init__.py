"""`zmart`: planning, support and operations from the command line."""
