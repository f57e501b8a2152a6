"""The dress rehearsal of a release: the whole trip on one machine, against a local AWS, with traffic all the while.

A local AWS is started as a process of its own (`cloud`) and from then on is spoken to as AWS is. What release.toml says
is shortened where it only says how long to wait (`shortened`), the real verb `deploy` launches it (`launch`), and
commits are pushed with the real git (`repository`, `application`). A story (`stories`, one a strategy) tells what
happens in which order and what must hold; meanwhile `callers`, a process too, asks production all the time and notes
every answer. `board` is what is known at any moment; `view` shows it while it happens and `summary` when it is over.

Everything that is started ends with us, also when we are killed: each process holds a pipe of ours and ends when it
closes, and all files lie in the folder that the local AWS removes.
"""
