"""The HTTP edge: who the server is, how a call is sent to it, and what its failures mean to a person."""
