"""Tests are sentences about the product."""
