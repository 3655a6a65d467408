"""Mails held against the programs that will show them, and against the gate for messages."""
