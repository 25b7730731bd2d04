"""AttnLRP on a six-layer BERT, side by side with LXT's `efficient` form: runs in alternation, equal threads, ratios of
medians.

    python test/bench/attnlrp.py [--folder .cache/bench] [--threads 1 2] [--runs 15] [--variant attnlrp]

Both explain the contrast of two classes at the word embeddings, forward and backward pass together. LXT's patches are
applied to the installed transformers (see test/conformance/attnlrp/make_references.py).
"""

import argparse
import importlib.util
import pathlib
import statistics
import subprocess
import sys
import types

import torch
from models import build, export
from node_side import NodeSide, alternate, bundle, feed, relative_error, ROOT


def patched(variant):
    """LXT's rules in the classes that BERT is made of."""
    import transformers.models.bert.modeling_bert as modeling_bert
    from transformers.activations import GELUActivation

    package = types.ModuleType("lxt.efficient")
    package.__path__ = [str(pathlib.Path(importlib.util.find_spec("lxt").origin).parent / "efficient")]
    sys.modules["lxt.efficient"] = package
    from lxt.efficient import patches

    patches.patch_method(patches.layer_norm_forward, torch.nn.LayerNorm)
    for activation in [GELUActivation, torch.nn.Tanh]:
        patches.patch_method(patches.non_linear_forward, activation, keep_original=True)
    wrap = {"attnlrp": patches.wrap_attention_forward, "cpLRP": patches.cp_wrap_attention_forward}[variant]
    modeling_bert.eager_attention_forward = wrap(modeling_bert.eager_attention_forward)


def compare(folder, threads, runs, variant):
    torch.set_num_threads(threads)
    path = folder / "bert6.onnx"
    if not path.exists():
        # In a process of its own: exporting takes more memory than running.
        subprocess.run([sys.executable, __file__, "--folder", str(folder), "--export"], check=True)
    model, (ids, mask), inputs = build("bert6")
    for weights in model.parameters():
        weights.requires_grad_(False)
    patched(variant)
    inner = model.model
    embedded = inner.bert.embeddings.word_embeddings(ids).detach().requires_grad_()

    def run():
        logits = inner(inputs_embeds=embedded, attention_mask=mask).logits
        (ratio,) = torch.autograd.grad(logits[0, 1] - logits[0, 0], embedded)
        return embedded.detach() * ratio

    out = folder / "out"
    bundle(out, attnlrp="test/bench/attnlrp.ts")
    node = NodeSide(out / "attnlrp.js", path, threads, variant)

    feeds = {name: feed(value) for name, value in zip(inputs, (ids.numpy(), mask.numpy()))}
    ready = node.ask({"feeds": feeds})
    expected, theirs, answers = alternate(run, lambda: node.ask({"run": True}), runs, 3)
    ours = [answer["milliseconds"] for answer in answers]
    error = relative_error(node.ask({"relevance": True})["relevance"], expected.numpy())
    node.end()
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"bert6 {variant:7} threads {threads}: {mine:7.1f} ms, LXT {other:7.1f} ms, ratio {mine / other:.2f} "
        f"(best {min(ours) / min(theirs):.2f}); error {error:.1e}; compiled in {ready['compile']:.0f} ms "
        f"(first {ready['first']:.0f} ms); session {ready['session']:.2f} times the plain model's",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench-attnlrp")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--variant", choices=["attnlrp", "cpLRP"], default="attnlrp")
    parser.add_argument("--export", action="store_true", help="only write the model")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.export:
        export("bert6", options.folder / "bert6.onnx")
        return
    if len(options.threads) > 1:
        # A fresh process each: a patched class stays patched.
        for threads in options.threads:
            rest = ["--folder", str(options.folder), "--runs", str(options.runs), "--variant", options.variant]
            subprocess.run([sys.executable, __file__, *rest, "--threads", str(threads)], check=False)
        return
    compare(options.folder, options.threads[0], options.runs, options.variant)


if __name__ == "__main__":
    main()
