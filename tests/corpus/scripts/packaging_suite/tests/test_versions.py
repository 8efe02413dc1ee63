from packaging.specifiers import SpecifierSet


def test_a_range():
    assert "1.5" in SpecifierSet(">=1.4,<2")


def test_an_old_version():
    from packaging.version import LegacyVersion

    assert LegacyVersion("2005-final") < LegacyVersion("2006-final")
