import warnings

import pytest


def parse(text):
    if text.startswith("0"):
        warnings.warn("leading zero", UserWarning)
    return int(text)


for text in ["17", "042"]:
    with pytest.warns(None) as record:
        value = parse(text)
    print(value, [str(w.message) for w in record])
