"""Lines that have some bytes are found without a look at each line."""

from hypothesis import given
from hypothesis import strategies as st

from archive.ledger.lines import lines_with, raw_lines

LINE = st.sampled_from([b"", b"a", b"ab", b"xaby", b"b\ra", b"cc", b"acb"])


@given(st.lists(LINE), st.booleans(), st.lists(st.sampled_from([b"", b"a", b"ab", b"c", b"zz"]), max_size=3))
def test_they_are_those_that_a_look_at_each_finds(tmp_path_factory, lines, whole, parts):
    path = tmp_path_factory.mktemp("lines") / "ledger.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n" * whole)
    expected = [
        (number, line)
        for number, line in enumerate(raw_lines(path), 1)
        if line.endswith(b"\n") and any(part in line for part in parts)
    ]
    assert list(lines_with(path, tuple(parts))) == expected
