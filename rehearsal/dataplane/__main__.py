"""`python -m rehearsal.dataplane FD`: serve what the process at the other end of this descriptor asks for."""

import sys

from rehearsal.dataplane.control import run

if __name__ == "__main__":
    run(int(sys.argv[1]))
