#!/usr/bin/env python3
"""Time per picture: ours beside matplotlib, the same readings in the same run.

    python3 -m venv target/bench && target/bench/bin/pip install matplotlib
    target/bench/bin/python tests/bench/charts.py

Nothing is asserted: the numbers are for the README. Both draw blood pressure over time with two
lines, a goal band, dots (range bars where there are thousands of readings) and a date axis, from the
same CSV; both as SVG text in memory and as a PNG 1100 px wide. The figure is the median of repeated
draws in one warm process each; start-up (imports, font search) is not in it.
"""

import csv
import datetime
import io
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as mdates  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(folder):
    """Runs the hidden test that times our pictures and writes their readings into folder."""
    command = [
        "cargo", "test", "--release", "--test", "it", "--",
        "--ignored", "--exact", "--nocapture", "charts::time_per_picture",
    ]
    env = dict(os.environ, CHARTS_BENCH=str(folder))
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        # The test harness prints the test's name in front of its first line.
        line = line[line.find("charts ") :] if "charts " in line else ""
        parts = line.split()
        if len(parts) == 4:
            found[parts[1]] = (int(parts[2]) / 1e6, int(parts[3]))
    return found


def readings(path):
    zone = datetime.timezone(datetime.timedelta(hours=8))
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    at = [datetime.datetime.fromtimestamp(int(r["unix_ms"]) / 1000, zone) for r in rows]
    return at, [float(r["systolic"]) for r in rows], [float(r["diastolic"]) for r in rows]


def columns(at, values, count):
    """Lowest and highest per column, as ours does for thousands of readings."""
    first, last = at[0].timestamp(), at[-1].timestamp()
    found = {}
    for when, value in zip(at, values):
        index = min(int((when.timestamp() - first) / (last - first) * count), count - 1)
        low, high, _ = found.get(index, (value, value, when))
        found[index] = (min(low, value), max(high, value), when)
    return list(found.values())


def daily(at, values):
    """Mean per day (per month where there are thousands), as ours."""
    key = (lambda t: t.date()) if len(at) < 400 else (lambda t: (t.year, t.month))
    found = {}
    for when, value in zip(at, values):
        found.setdefault(key(when), []).append((when, value))
    return [g[0][0] for g in found.values()], [statistics.fmean(v for _, v in g) for g in found.values()]


def draw(at, systolic, diastolic, form):
    figure, axes = plt.subplots(figsize=(11, 3.5), dpi=100)
    for values, band, colour in ((systolic, (130, 150), "#1b2427"), (diastolic, (70, 90), "#5f6a6d")):
        axes.axhspan(*band, color="#d9e8e1")
        axes.plot(*daily(at, values), color=colour, linewidth=1.5)
        if len(at) < 400:
            axes.plot(at, values, "o", color=colour, markersize=4)
        else:
            bars = columns(at, values, 206)
            axes.vlines([b[2] for b in bars], [b[0] for b in bars], [b[1] for b in bars], colors=colour, alpha=0.35)
    axes.xaxis.set_major_locator(mdates.AutoDateLocator())
    axes.set_ylim(60, None)
    axes.grid(axis="x")
    out = io.BytesIO()
    figure.savefig(out, format=form)
    plt.close(figure)
    return out.getvalue()


def median_ms(rounds, call):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        size = len(call())
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), size


def main():
    with tempfile.TemporaryDirectory() as folder:
        rust = ours(folder)
        if not rust:
            sys.exit("the timing test printed nothing")
        print(f"matplotlib {matplotlib.__version__}, Python {sys.version.split()[0]}; median, one thread")
        print(f"{'picture':<16}{'ours ms':>10}{'bytes':>10}{'matplotlib ms':>16}{'bytes':>10}{'times':>8}")
        for name, (ms, size) in rust.items():
            case, form = name.rsplit("_", 1)
            points = readings(pathlib.Path(folder) / f"{case}.csv")
            draw(*points, form)
            theirs, their_size = median_ms(11, lambda: draw(*points, form))
            print(f"{name:<16}{ms:>10.3f}{size:>10}{theirs:>16.1f}{their_size:>10}{theirs / ms:>8.0f}")


if __name__ == "__main__":
    main()
