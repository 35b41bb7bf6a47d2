"""What Redis holds, for tests that nothing of a patient is in it."""

import redis


def kept_in(url: str) -> bytes:
    """All names, values, members of sets, and entries of the feed, which is the one stream."""
    with redis.Redis.from_url(url) as store:
        entries = [part for _, fields in store.xrange("cxr:feed") for part in (*fields, *fields.values())]
        names = [name for name in store.scan_iter() if name != b"cxr:feed"]
        sets = [name for name in names if store.type(name) == b"set"]
        members = [member for name in sets for member in store.smembers(name)]
        values = [store.get(name) or b"" for name in names if name not in sets]
        return b" ".join([*names, *values, *members, *entries])
