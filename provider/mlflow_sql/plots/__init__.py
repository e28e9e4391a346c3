"""Pictures of results: what is drawn of which columns, thinned to what an eye can tell apart, as text and as files."""
