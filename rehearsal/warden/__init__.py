"""The warden: a small child process that cleans up after the main one, however that ended.

Whoever starts a process, makes a folder or runs a container tells the warden first, through `handle.Warden`. The
warden holds the other end of a pipe. When the pipe closes, the main process is gone, be it by an orderly end, by
Ctrl-C or by a kill that no program can catch: the warden then ends the processes, removes the containers and the
folders, and goes too. It runs in a session of its own, so that a Ctrl-C on the terminal reaches the main process and
not it.

Three things keep it from missing anything or from hitting a stranger. A child started with `Warden.spawn` waits at a
gate until it has been written down. A process is known by its number and by the moment it started, so that a number
given out again is not mistaken for it. And children carry a mark in their environment, by which those are found that
left their process group.
"""
