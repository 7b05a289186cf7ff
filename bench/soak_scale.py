"""Do many processes that are killed lose, double or disorder anything? `make soak-scale`.

    python bench/soak_scale.py [--articles 1000] [--kills 60] [--restarts 3] [--feeds 20] [--seed 1]

Runs two schedulers, three readers, two judges and two deliverers on a PostgreSQL server of its own, kills them with
SIGKILL, restarts the server, and compares what a strict double of the Bot API accepted with what was published. Exits 1
where anything is lost, doubled or out of order.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doubles.many_processes import LONG, Plan, soak
from doubles.postgres import Postgres


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill many processes again and again, and count what was lost.")
    for name, count in (("articles", 1000), ("kills", 60), ("restarts", 3), ("feeds", 20), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    plan = Plan(**vars(parser.parse_args()), processes=LONG, every=0.3)
    server = Postgres()
    try:
        with server.own() as url, tempfile.TemporaryDirectory(prefix="monitor-soak-") as folder:
            said = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
            found = asyncio.run(soak(plan, Path(folder), url, server.restart, said))
    finally:
        server.close()
    print(
        f"seed {plan.seed}: {plan.articles} articles, {found.kills} kills, {plan.restarts} restarts of the server, "
        f"{found.seconds:.0f} s"
    )
    for name in ("lost", "doubled", "out_of_order", "wrongly_edited"):
        print(f"{name.replace('_', ' '):16} {len(getattr(found.comparison, name))}")
    print(f"{'not there':16} {len(found.missing)}")
    print(f"{'told twice':16} {len(found.twice)}")
    print(f"published → sent p50 {found.percentile(50):.1f} s, p99 {found.percentile(99):.1f} s")
    for failure in found.failures:
        print(failure, file=sys.stderr)
    return bool(found.failures)


if __name__ == "__main__":
    sys.exit(main())
