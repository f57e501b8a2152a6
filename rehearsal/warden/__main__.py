"""`python -m rehearsal.warden`: started by `handle.Warden`, and of no use by hand."""

from rehearsal.warden.watch import watch

watch()
