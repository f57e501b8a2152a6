"""A registry for images on loopback: Debian's `docker-registry` when it is installed, else one of our own.

Both speak the registry's HTTP API (version 2), so engines push to them and pull from them as from any other; the same
tests hold for both. Ours (`server`, `storage`, `uploads`) keeps what it is given under the digest of its contents and
never changes it: only tags move. `handle.Registry` starts one of them and tells what it holds.
"""
