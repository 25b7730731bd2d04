"""Keras keeps its archives uncompressed; committed ones are made smaller."""

import zipfile


def compress(path):
    """Writes a zip file anew: compressed, without its entries' times."""
    with zipfile.ZipFile(path) as archive:
        contents = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
