"""How the parent stack comes to be what release.toml says, from whatever state it is found in.

Each step looks again and moves on from what it finds, so a run that was cut off anywhere is finished by the next one:
a stack that is being changed is watched until it rests (`follow`), a stack that never came to life is deleted
(`ready`), a change set is made, shown and carried out (`change_set`), and its events are told as one tree over all
nested stacks (`progress`, `views`). When it fails, the first failure in the deepest stack is the reason that is told
(`failure`); what AWS reports after that are consequences.

Events are read from the stack's own start of the operation onwards, by their ids: no clock of ours is compared with one
of AWS's, and nothing is lost while AWS throttles or the network is away.
"""
