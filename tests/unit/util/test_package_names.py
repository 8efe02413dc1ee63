"""What packages are called on the index, in an import, and by their users."""

from __future__ import annotations

import pytest

from tfcompat.util.package_names import (
    from_alias,
    import_name,
    is_own,
    package_name,
    public_name,
    to_alias,
)


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("tensorflow", "tensorflow"),
        ("TensorFlow-CPU", "tensorflow"),
        ("scikit_learn", "sklearn"),
        ("some-thing", "some_thing"),
    ],
)
def test_import_name(package: str, module: str) -> None:
    assert import_name(package) == module


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("sklearn.svm", "scikit-learn"),
        ("google.protobuf.message", "protobuf"),
        ("google.other", "google"),
        ("pylab", "matplotlib"),
        ("Some_Thing", "some-thing"),
        ("json.decoder", "python"),
        ("urllib2", "python"),
        ("imp", "python"),
    ],
)
def test_package_name(module: str, package: str) -> None:
    assert package_name(module) == package


@pytest.mark.parametrize(
    ("module", "public"),
    [
        ("tensorflow._api.v2.v2.nn", "tensorflow.nn"),
        ("tensorflow._api.v1", "tensorflow"),
        ("tensorflow.python.ops.nn", "tensorflow.nn"),
        ("tensorflow.nn", "tensorflow.nn"),
        ("numpy.core", "numpy.core"),
    ],
)
def test_public_name(module: str, public: str) -> None:
    assert public_name(module, "tensorflow-gpu") == public


def test_names_of_other_libraries_stay() -> None:
    assert public_name("tensorflow.python.ops.nn", "numpy") == "tensorflow.python.ops.nn"


def test_is_own() -> None:
    names = ("tensorflow", "tensorflow.nn", "tensorflow_datasets", "numpy")
    assert [is_own(name, "tensorflow") for name in names] == [True, True, False, False]


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("tensorflow", "tf"),
        ("tensorflow.nn.relu", "tf.nn.relu"),
        ("matplotlib.pyplot.plot", "plt.plot"),
        ("tensorflow_datasets", "tensorflow_datasets"),
    ],
)
def test_aliases(name: str, alias: str) -> None:
    assert to_alias(name) == alias
    assert from_alias(alias) == name


def test_what_only_begins_like_an_alias_is_none() -> None:
    assert from_alias("tfp.layers") == "tfp.layers"
