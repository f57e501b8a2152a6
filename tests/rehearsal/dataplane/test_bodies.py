"""The end of a chunked body is found however its bytes arrive."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.dataplane.bodies import Chunked

chunks = st.lists(st.binary(min_size=1, max_size=40), max_size=6)
cuts = st.lists(st.integers(0, 400), max_size=12)


@given(chunks, cuts, st.binary(max_size=10), st.booleans())
def test_any_cuts(pieces, places, after, trailer):
    body = b"".join(b"%x;ext\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    body += b"0\r\n" + (b"X-T: 1\r\n" if trailer else b"") + b"\r\n"
    message = body + after
    framing = Chunked(keep_payload=True)
    taken, edges = 0, sorted({0, len(message), *(place for place in places if place < len(message))})
    for start, end in itertools.pairwise(edges):
        taken += framing.take(message[start:end])
    assert framing.done
    assert message[:taken] == body
    assert b"".join(framing.payload) == b"".join(pieces)
