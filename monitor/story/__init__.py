"""Stories: which articles are about one event, whom they cite, who had it first."""
