"""Search in the stored articles, by the queries and the matcher of watchlists."""
