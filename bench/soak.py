"""Does a daemon that is killed while Telegram misbehaves lose, double or disorder anything? `make soak`.

    python bench/soak.py [--alerts 10000] [--kills 1000] [--faults 1000] [--steady 5000] [--seed 1] [--variant usual]

Prints what was lost, doubled, out of order and wrongly edited, and how much memory and descriptors grow in 1,000
alerts. Exits 1 where any of the first is not 0, or growth exceeds its limit (see tests/doubles/soak.py). The default
takes about half an hour on two idle cores. With fewer than some 5,000 steady alerts growth is mostly that of SQLite's
page caches, which fill up to 2 MB each. The double of the Bot API and its variants are in tests/doubles/.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doubles.soak import DESCRIPTORS_LIMIT, RSS_LIMIT, Plan, soak
from doubles.telegram_variants import BOT_API_VARIANTS


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a daemon again and again, and count what it lost or doubled.")
    for name, count in (("alerts", 10_000), ("kills", 1_000), ("faults", 1_000), ("steady", 5_000), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--variant", choices=sorted(BOT_API_VARIANTS), default="usual", help="which Bot API is doubled")
    plan = Plan(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="monitor-soak-") as folder:
        result = soak(plan, Path(folder), lambda line: print(line, file=sys.stderr, flush=True))
    found = result.comparison
    print(
        f"seed {plan.seed}, variant {plan.variant}: {result.alerts} alerts, {result.kills} kills, "
        f"{result.faults} faults, {result.seconds:.0f} s"
    )
    for name in ("lost", "doubled", "out_of_order", "wrongly_edited"):
        print(f"{name.replace('_', ' '):16} {len(getattr(found, name))}")
    if result.rss is not None and result.descriptors is not None:
        print(f"memory           {result.rss:+.0f} KiB in 1,000 alerts (limit {RSS_LIMIT:.0f})")
        print(f"descriptors      {result.descriptors:+.2f} in 1,000 alerts (limit {DESCRIPTORS_LIMIT:.0f})")
    for failure in result.failures:
        print(failure, file=sys.stderr)
    return bool(result.failures)


if __name__ == "__main__":
    sys.exit(main())
