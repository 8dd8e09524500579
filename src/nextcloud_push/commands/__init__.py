"""What was typed: one module a command."""
