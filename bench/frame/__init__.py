"""What the rows of the benchmark share: peers, sites on loopback, usage of processes, alternated runs, the table."""
