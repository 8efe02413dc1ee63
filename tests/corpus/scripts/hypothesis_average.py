from hypothesis import given, settings, strategies as st

seen = []


@settings(max_examples=20, database=None)
@given(st.lists(st.integers(0, 9), average_size=3, max_size=6))
def check(values):
    seen.append(len(values))
    assert sorted(values, reverse=True) == sorted(values)[::-1]


check()
print(len(seen) > 0, max(seen) <= 6)
