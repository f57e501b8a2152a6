"""Which pairs of CPU and memory Fargate runs."""

GIB = 1024

# CPU units -> the memory sizes (MiB) that go with it.
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}


def sizes_in_words(cpu: int) -> str:
    """Say which memory sizes go with a CPU size."""
    *most, last = SIZES[cpu]
    if len(most) < 4:
        return f"{', '.join(map(str, most))} or {last} (MiB)"
    return f"{most[0]} to {last} in steps of {most[1] - most[0]} (MiB)"
