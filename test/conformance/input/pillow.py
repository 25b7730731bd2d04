"""Numbers of Pillow and of the Hugging Face image processors, for images.test.ts.

    python test/conformance/input/pillow.py > test/conformance/input/pillow.json

Pictures are made by a formula, so that only results need to be stored. Needs pillow, numpy, torch, transformers.
"""
import base64
import io
import json
import sys

import numpy as np
from PIL import Image


def pattern(width, height, channels):
    """Smooth ramps with hard edges and some noise from a linear congruential generator; `pattern` in images.test.ts."""
    data = np.zeros((height, width, channels), np.uint8)
    state = 1
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (state * 1103515245 + 12345) % 2**31
                edge = 90 if (x // 5 + y // 7 + c) % 2 else 0
                data[y, x, c] = (x * 3 + y * 5 + c * 40 + edge + state // 2**25) % 256
    return data


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def picture(channels, width, height):
    data = pattern(width, height, channels)
    return Image.fromarray(data[:, :, 0] if channels == 1 else data)


resampled = []
for name in ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]:
    code = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"].index(name)
    for width, height, channels, to in [(37, 23, 3, (16, 11)), (16, 11, 3, (29, 17)), (50, 40, 1, (7, 33)), (20, 9, 3, (20, 4))]:
        resized = picture(channels, width, height).resize(to, resample=code)
        resampled.append(dict(filter=name, width=width, height=height, channels=channels, to=to, data=text(resized)))


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def decoded(name, data, exact):
    with Image.open(io.BytesIO(data)) as image:
        rgb = np.asarray(image.convert("RGB"))
    return dict(name=name, exact=exact, file=base64.b64encode(data).decode(), width=rgb.shape[1], height=rgb.shape[0], rgb=text(rgb))


colour = picture(3, 24, 17)
gray = picture(1, 24, 17)
four = pattern(24, 17, 4)
smooth = Image.fromarray(np.stack(np.meshgrid(np.arange(24) * 9, np.arange(17) * 13), -1)[:, :, [0, 1, 0]].astype(np.uint8))
palette = colour.quantize(16)
from PIL import ImageCms  # noqa: E402

exif = Image.Exif()
exif[0x112] = 6
pictures = [
    decoded("rgb.png", encoded(colour, "PNG"), True),
    decoded("gray.png", encoded(gray, "PNG"), True),
    decoded("rgba.png", encoded(Image.fromarray(four, "RGBA"), "PNG"), True),
    decoded("la.png", encoded(Image.fromarray(four[:, :, :2].copy(), "LA"), "PNG"), True),
    decoded("palette.png", encoded(palette, "PNG"), True),
    decoded("palette-transparent.png", encoded(palette, "PNG", transparency=3), True),
    decoded("bilevel.png", encoded(gray.convert("1"), "PNG"), True),
    decoded("gamma.png", encoded(colour, "PNG", gamma=0.45), True),
    decoded("profile.png", encoded(colour, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()), True),
    decoded("444.jpg", encoded(colour, "JPEG", quality=95, subsampling=0), False),
    decoded("420.jpg", encoded(colour, "JPEG", quality=75), False),
    decoded("progressive.jpg", encoded(smooth, "JPEG", quality=85, progressive=True), False),
    decoded("gray.jpg", encoded(gray, "JPEG", quality=80), False),
    decoded("cmyk.jpg", encoded(Image.fromarray(four, "CMYK"), "JPEG", quality=95), False),
    decoded("turned.jpg", encoded(smooth, "JPEG", quality=90, exif=exif), False),
]

from transformers import CLIPImageProcessor, ConvNextImageProcessor, ViTImageProcessor  # noqa: E402


def processor(kind, width, height, channels=3, **settings):
    import transformers

    made = kind(**settings)
    values = made(picture(channels, width, height).convert("RGB"), return_tensors="np")["pixel_values"][0].astype(np.float32)
    config = json.loads(made.to_json_string())
    print(type(made).__name__, transformers.__version__, values.shape, file=sys.stderr)
    return dict(config=config, width=width, height=height, shape=list(values.shape), values=text(values))


processors = [
    processor(ViTImageProcessor, 37, 23, size={"height": 16, "width": 12}, resample=2),
    processor(CLIPImageProcessor, 45, 31, size={"shortest_edge": 20}, crop_size={"height": 16, "width": 16}),
    processor(CLIPImageProcessor, 14, 30, size={"shortest_edge": 13}, crop_size={"height": 18, "width": 18}),
    processor(ConvNextImageProcessor, 40, 33, size={"shortest_edge": 14}, crop_pct=0.875),
]

json.dump(dict(resampled=resampled, pictures=pictures, processors=processors), sys.stdout, indent=0)
