"""What comes in by form: shape only. Rules stand in the services."""
