"""What the tests release, and where to."""

COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/greeter"

# Commits and packages that are there already, or are to come.
OLD, NEW, OTHER = "1" * 40, "2" * 40, "3" * 40
PACKAGE, CHANGED = "a" * 64, "b" * 64
