"""Integrated gradients with 50 nodes, side by side with Captum: runs in alternation, equal threads, ratios of medians.

    python test/bench/ig.py [--folder .cache/bench-ig] [--threads 1 2] [--runs 5] [--models resnet18 ...]

Ours is the whole request as the server sees it: prediction, baseline, path, pooling, and the way to the compute
process and back. Captum gets the internal batch size that is quickest for it. Memory: high-water marks of the server
and the compute process together, against that of the Python process.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import torch
from models import MODELS, build, export
from node_side import NodeSide, bundle, feed, peak_memory, ROOT

NODES = 50


def captum(name, model, args):
    """A function of the internal batch size."""
    if name != "bert6":
        from captum.attr import IntegratedGradients

        method, inputs, rest, baseline = IntegratedGradients(model), args[0], None, torch.zeros_like(args[0])
    else:
        from captum.attr import LayerIntegratedGradients

        method = LayerIntegratedGradients(model, model.model.bert.embeddings.word_embeddings)
        inputs, rest, baseline = args[0], (args[1],), torch.zeros_like(args[0])

    def run(batch):
        return method.attribute(
            inputs, baseline, target=1, additional_forward_args=rest, n_steps=NODES, method="riemann_middle",
            internal_batch_size=batch,
        )

    return run


def clock(work):
    """Result, wall time and processor time in milliseconds."""
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, (time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3


def compare(name, folder, threads, runs):
    torch.set_num_threads(threads)
    path = folder / f"{name}.onnx"
    if not path.exists():
        # In a process of its own: exporting takes more memory than running.
        subprocess.run([sys.executable, __file__, "--folder", str(folder), "--models", name, "--export"], check=True)
    # The quickest batch size is found in another process, so that its memory is not counted.
    quickest = [sys.executable, __file__, "--models", name, "--threads", str(threads), "--quickest"]
    batch = int(subprocess.run(quickest, check=True, stdout=subprocess.PIPE, text=True).stdout)
    model, args, inputs = build(name)
    run = captum(name, model, args)
    # Bundled, as it is shipped: the compute process is a file of its own.
    bundle(folder / "out", ig="test/bench/ig.ts", compute="server/compute.ts")
    node = NodeSide(folder / "out/ig.js", path, threads, NODES)

    feeds = {name: feed(arg.numpy()) for name, arg in zip(inputs, args)}
    cold = node.ask({"feeds": feeds})["milliseconds"]
    theirs, cpu, ours = [], [], []
    for _ in range(runs):
        expected, elapsed, processor = clock(lambda: run(batch))
        theirs.append(elapsed)
        cpu.append(processor)
        ours.append(node.ask({"run": True}))
    milliseconds = [answer["milliseconds"] for answer in ours]
    overhead = statistics.median(answer["milliseconds"] - answer["model"] for answer in ours)
    expected = expected.detach().numpy()
    expected = expected.sum(-1).ravel() if name == "bert6" else expected.sum(1).ravel()
    relevance = np.array(node.ask({"relevance": True})["relevance"], dtype=np.float64)
    error = np.abs(relevance - expected).sum() / np.abs(expected).sum()
    peaks = node.ask({"memory": True})["peaks"]
    node.end()
    # On a busy machine the ratio of processor times is the one to trust.
    peak = peak_memory()
    processor = statistics.median(answer["cpu"] for answer in ours) / statistics.median(cpu)
    mine, other = statistics.median(milliseconds), statistics.median(theirs)
    print(
        f"{name:13} threads {threads}: {mine:7.0f} ms, Captum {other:7.0f} ms (batch {batch}), ratio {mine / other:.2f} "
        f"(best {min(milliseconds) / min(theirs):.2f}, processor {processor:.2f}); error {error:.1e}; peak {' + '.join(f'{p:.0f}' for p in peaks)} MiB, "
        f"Captum {peak:.0f} MiB; outside the model's runs {overhead:.0f} ms; first request {cold:.0f} ms",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench-ig")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--export", action="store_true", help="only write the model")
    parser.add_argument("--quickest", action="store_true", help="only print Captum's quickest batch size")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.export:
        export(options.models[0], options.folder / f"{options.models[0]}.onnx")
        return
    if options.quickest:
        name = options.models[0]
        torch.set_num_threads(options.threads[0])
        run = captum(name, *build(name)[:2])
        print(min((1, 5, 10), key=lambda size: clock(lambda: run(size))[1]))
        return
    if len(options.models) * len(options.threads) > 1:
        # A fresh process each, so that one model's peak memory is not counted for the next.
        for name in options.models:
            for threads in options.threads:
                rest = ["--folder", str(options.folder), "--runs", str(options.runs), "--models", name, "--threads", str(threads)]
                subprocess.run([sys.executable, __file__, *rest], check=False)
        return
    compare(options.models[0], options.folder, options.threads[0], options.runs)


if __name__ == "__main__":
    main()
