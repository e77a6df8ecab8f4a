#!/usr/bin/env python3
"""Runs a sweep of `ringfence compare` as tasks, one shard each: on a Ray cluster, or on this machine.

    clients/sweep_ray.py --shards 16 --out sweep FILE -- --random 1000 --sweep "leverage=2..100 seeds=1..20"

With Ray (https://ray.io, not part of this project: `pip install ray`) each shard is a Ray task of one core. The program, the price file and the
directory of results must be reachable under the same paths on every machine, as on a shared file system. Without Ray, or with --local, shards
are processes on this machine. Either way a shard that was computed before is not computed again, a shard that fails fails the whole, and the
table of all runs is written only when every run is finished.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys


def shard(command, number, of, directory):
    """Computes one shard on one core; answers its number, or raises with what the program said."""
    done = subprocess.run(
        [*command, "--shard", f"{number}/{of}", "--workers", "1", "-q"], cwd=directory, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"shard {number}/{of} ended with status {done.returncode}: {done.stderr.strip()}")
    return number


def on_ray(command, of, address):
    import ray

    ray.init(address=address, log_to_driver=False)
    task = ray.remote(num_cpus=1, max_retries=2)(shard)
    left = [task.remote(command, number, of, os.getcwd()) for number in range(1, of + 1)]
    while left:
        ready, left = ray.wait(left, num_returns=1)
        yield ray.get(ready[0])
    ray.shutdown()


def on_this_machine(command, of, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        tasks = [pool.submit(shard, command, number, of, os.getcwd()) for number in range(1, of + 1)]
        try:
            for task in concurrent.futures.as_completed(tasks):
                yield task.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", help="recorded prices")
    parser.add_argument("--shards", type=int, required=True, help="parts; several times as many as cores is good")
    parser.add_argument("--out", required=True, help="directory of results, the same for all")
    parser.add_argument("--program", default=os.environ.get("RINGFENCE", "ringfence"), help="the ringfence binary")
    parser.add_argument("--address", default=None, help="address of a Ray cluster [default: RAY_ADDRESS, or a new one here]")
    parser.add_argument("--local", action="store_true", help="no Ray: processes on this machine")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes at a time without Ray")
    mine, rest = sys.argv[1:], []
    if "--" in mine:
        at = mine.index("--")
        mine, rest = mine[:at], mine[at + 1 :]
    arguments = parser.parse_args(mine)
    if arguments.shards < 1:
        parser.error("--shards must be at least 1")
    # A task may begin in another directory: it goes to this one, for files that other options name.
    program = os.path.abspath(arguments.program) if os.path.dirname(arguments.program) else arguments.program
    command = [program, "compare", os.path.abspath(arguments.file), "--out", os.path.abspath(arguments.out), *rest]
    local = arguments.local
    if not local:
        try:
            import ray  # noqa: F401
        except ImportError:
            print("ray is not installed: shards run as processes on this machine", file=sys.stderr)
            local = True
    if local:
        shards = on_this_machine(command, arguments.shards, arguments.workers)
    else:
        shards = on_ray(command, arguments.shards, arguments.address)
    try:
        for finished, number in enumerate(shards, 1):
            print(f"shard {number} finished, {finished} of {arguments.shards}", file=sys.stderr)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    # Everything is there: this computes nothing, and says where the table is.
    return subprocess.run([*command, "--no-progress"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
