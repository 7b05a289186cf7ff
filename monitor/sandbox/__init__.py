"""Child processes that read hostile input, killed when they exceed their CPU time or memory, and replaced.

Parsers of feeds and pages meet hostile input; a few kilobytes can cost them minutes. Children come from a fork server
that has the parsers loaded, so that a fresh one costs milliseconds. A child that outlives the daemon ends by itself.
"""

from monitor.sandbox.child import LoneChild, Reaper
from monitor.sandbox.sandbox import CPU, MEMORY, PARSERS, WALL, ChildSandbox, InlineSandbox

__all__ = ["CPU", "MEMORY", "PARSERS", "WALL", "ChildSandbox", "InlineSandbox", "LoneChild", "Reaper"]
