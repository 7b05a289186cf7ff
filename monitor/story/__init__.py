"""Stories: grouping of articles by event, their citations, and their lineage."""
