"""Small tokenizers of every kind and their encodings, for text.test.ts.

    python test/conformance/input/encodings.py > test/conformance/input/encodings.json

Trained here on a few sentences written for the purpose. Needs the package tokenizers.
"""
import json
import sys

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

corpus = [
    "The quick brown fox jumps over the lazy dog, and the dog jumps back.",
    "A film of unbelievable beauty: moving, funny, never boring!",
    "Der schöne Käse schmeckt fürchterlich gut; naïve café, déjà vu.",
    "Numbers 1234 and 5678, prices $9.99 and tokens of every kind.",
    "unhappy unhappily happiness beautiful beautifully boredom boring",
] * 4

texts = [
    "The unbelievable fox.",
    "  leading and   many spaces ",
    "Cafe\u0301 na\u00efve sch\u00f6n e\u0301",
    "emoji \U0001f600 and \U0001f469\u200d\U0001f469\u200d\U0001f467 family",
    "two\nlines\r\nand\ttabs",
    "\u05e9\u05dc\u05d5\u05dd \u202eright to left\u202c \u65e5\u672c\u8a9e",
    "typed [SEP] and </s> by hand",
    "control \u0007 and \u001b[31m escape",
    "\ufb01ne ligature \u2460 half\uff21",
    "x",
]


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False))
    pair = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=pair)
    return tokenizer


def bytelevel(trim, prefix):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] if prefix else ["<|endoftext|>"]
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    if prefix:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=trim, add_prefix_space=prefix)
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=trim)
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def sentencepiece_bpe():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special[:3], show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    saved = json.loads(tokenizer.to_str())
    vocabulary = saved["model"]["vocab"]
    for token in special[3:]:
        vocabulary.setdefault(token, len(vocabulary))
    tokenizer = Tokenizer.from_str(json.dumps(saved))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer


made = {
    "WordPiece": wordpiece(),
    "byte-level BPE": bytelevel(False, False),
    "byte-level BPE, trimmed": bytelevel(True, True),
    "Unigram": unigram(),
    "BPE with byte fallback": sentencepiece_bpe(),
}
cases = []
for name, tokenizer in made.items():
    # A file that truncates and pads, as many do: both must have no effect.
    plain = Tokenizer.from_str(tokenizer.to_str())
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=6)
    encodings = []
    for text in texts:
        encoding = plain.encode(text)
        encodings.append(dict(text=text, ids=encoding.ids, tokens=encoding.tokens, offsets=encoding.offsets, special=encoding.special_tokens_mask))
    cases.append(dict(name=name, tokenizer=json.loads(tokenizer.to_str()), encodings=encodings))
json.dump(cases, sys.stdout, ensure_ascii=True, separators=(",", ":"))
