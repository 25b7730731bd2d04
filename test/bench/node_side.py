"""The Node half of a benchmark as a process that is asked one line of JSON at a time, and runs in alternation with it."""

import json
import pathlib
import subprocess
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


class NodeSide:
    """@param arguments What follows `node` on the command line."""

    def __init__(self, *arguments):
        command = ["node", *map(str, arguments)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line == "":
            raise SystemExit("the node process died")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def source(name):
    """Arguments that run a TypeScript file of this folder."""
    return ["--import", "tsx", ROOT / "test/bench" / name]


def bundle(folder, **files):
    """Bundles TypeScript files as they are shipped, to `folder/NAME.js`."""
    entries = [f"{name}={path}" for name, path in files.items()]
    options = ["--bundle", "--platform=node", "--format=esm", "--external:onnxruntime-node", "--log-level=error"]
    banner = "--banner:js=import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"
    subprocess.run(["npx", "esbuild", *entries, *options, banner, f"--outdir={folder}"], cwd=ROOT, check=True)


def feed(value):
    return {"dims": list(value.shape), "data": value.ravel().tolist()}


def alternate(run, ask, runs, warm):
    """One run of the peer, one of ours, and so on. Returns the peer's last result, its milliseconds, our answers."""
    theirs, ours = [], []
    for index in range(runs + warm):
        began = time.perf_counter()
        result = run()
        elapsed = (time.perf_counter() - began) * 1e3
        answer = ask()
        if index >= warm:
            theirs.append(elapsed)
            ours.append(answer)
    return result, theirs, ours


def relative_error(values, expected):
    """Largest difference over the largest expected value. Times of different computations are not compared: from 1 % on it ends."""
    values, expected = np.asarray(values, dtype=np.float64).ravel(), np.asarray(expected, dtype=np.float64).ravel()
    error = np.abs(values - expected).max() / max(np.abs(expected).max(), 1e-30)
    if not error < 0.01:
        raise SystemExit(f"both sides compute different things (error {error:.1e}): is the exported model of another script or version?")
    return error


def peak_memory():
    """High-water mark of this process, MiB."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
