"""The order of the stages: poll → read → judge. Sees ports, the store and the pure rooms only.

Every stage ends in one transaction that holds its result and the next stage's rows: killing the process anywhere
repeats work and loses none. Each is imported from its own module: what needs rules alone loads no database.
"""
