"""DynamoDB: one model per table."""
