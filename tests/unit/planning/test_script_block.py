"""The block of PEP 723: what it states, and an answer in it with all else as it was."""

from __future__ import annotations

import pytest

from tfcompat.errors import StudyError
from tfcompat.planning.script_block import read_block, write_block
from tfcompat.planning.toml_requirements import Answer

SCRIPT = b"""\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.9"  # why
#
# dependencies = [
#   "httpx==0.27.0",  # net
#   # the one
#   'rich[jupyter] >= 10; python_version>"3"', # x
# ]
# [tool.uv]
# exclude-newer = "2024-01-01T00:00:00Z"
# ///
import rich
"""
ANSWER = Answer(name="rich", specifier=">=12,<14")


def test_what_it_states() -> None:
    stated = read_block(SCRIPT, "a.py")
    assert stated is not None
    assert stated.describe("rich") == (
        'a.py: installed beside it: httpx==0.27.0, rich[jupyter]; python_version > "3"; '
        'Python >=3.9; rich[jupyter]>=10; python_version > "3" is what is asked'
    )
    assert read_block(b"import rich\n# /// other\n# ///\n", "a.py") is None


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("# dependencies = [\n# ///", "no TOML: Unexpected end"),
        ("# dependencies = []\n# ///\n\n# /// script\n# a = 1\n# ///", "2 blocks"),
        ("# dependencies = []\n# ///\n# /// script\n# ///", "2 blocks"),
        ("# dependencies = []\nimport rich", "end with a line `# ///`"),
        ("# dependencies = 'rich'\n# ///", "a list of texts"),
        ("# dependencies = [1]\n# ///", "a list of texts"),
        ("# dependencies = ['rich=>1']\n# ///", "'rich=>1' is no requirement"),
        ("# requires-python = '3'\n# ///", "`requires-python` is '3'"),
        ("# requires-python = 3\n# ///", "`requires-python` is 3"),
    ],
)
def test_what_cannot_be_read_is_named(block: str, said: str) -> None:
    with pytest.raises(StudyError) as error:
        read_block(f"# /// script\n{block}\n".encode(), "a.py")
    assert str(error.value).startswith("a.py")
    assert said in str(error.value)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_one_line_of_a_script_changes(end: bytes) -> None:
    before = SCRIPT.replace(b"\n", end) + b"name = '\xe9'"
    after = write_block(before, "a.py", ANSWER, ["numpy"])
    old, new = before.split(end), after.split(end)
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert changed == [
        (
            b"#   'rich[jupyter] >= 10; python_version>\"3\"', # x",
            b'#   "rich[jupyter]>=12,<14; python_version > \\"3\\"", # x',
        )
    ]


def test_a_dependency_that_was_not_stated_is_added() -> None:
    after = write_block(SCRIPT, "a.py", Answer(name="six", specifier=">=1.1"))
    assert b'# x\n#   "six>=1.1",\n# ]\n' in after
    block = b"# /// script\n# [tool.uv]\n# x = 1\n# ///\n"
    after = write_block(block, "a.py", ANSWER)
    assert after.startswith(b'# /// script\n# dependencies = ["rich>=12,<14"]\n')
    assert after.endswith(b"# [tool.uv]\n# x = 1\n# ///\n")


@pytest.mark.parametrize(
    ("head", "end"),
    [
        (b"", "\n"),
        (b"#!/usr/bin/env python\n", "\n"),
        (b"#!/usr/bin/env python\n# -*- coding: latin-1 -*-\n", "\n"),
        (b"# vim: set fileencoding=utf-8 :\r\n", "\r\n"),
        (b"\xef\xbb\xbf", "\n"),
    ],
)
def test_a_block_is_made_below_what_has_to_come_first(head: bytes, end: str) -> None:
    rest = f"import rich{end}".encode() + b"x = '\xe9'"
    lines = [
        "# /// script",
        "# dependencies = [",
        '#     "rich>=12,<14",',
        '#     "numpy; python_version > \\"3\\"",',
        "# ]",
        "# ///",
        "",
        "",
    ]
    written = write_block(head + rest, "a.py", ANSWER, ['numpy; python_version > "3"'])
    assert written == head + end.join(lines).encode() + rest
    assert read_block(written, "a.py") is not None
