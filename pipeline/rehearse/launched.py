"""`python -m pipeline.rehearse.launched VERB ...`: the command line, which ends when whoever started it does."""

import sys

from pipeline.cli import main
from pipeline.rehearse.tether import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    sys.exit(main(sys.argv[1:]))
