"""The order of the stages: poll → read → judge. Sees ports and the pure rooms only.

Every stage ends in one transaction that holds its result and the next stage's rows: killing the process anywhere
repeats work and loses none.
"""

from monitor.pipeline.cleaning import Cleaner
from monitor.pipeline.health import Disk, HealthWatch
from monitor.pipeline.housekeeping import Housekeeping
from monitor.pipeline.judge import Judge, Rules
from monitor.pipeline.poll import Poller
from monitor.pipeline.read import Reader
from monitor.pipeline.timekeeping import Timekeeper

__all__ = ["Cleaner", "Disk", "HealthWatch", "Housekeeping", "Judge", "Poller", "Reader", "Rules", "Timekeeper"]
