"""The embedded engine: Docker's HTTP API on a unix socket, with processes of this machine for containers.

It is there so that nobody needs Docker to try something out. Clients talk to it as to Docker's own engine: the docker
SDK, the `docker` command, anything that speaks the API. Images are real: layers, digests, pushed to and pulled from a
registry (`layers`, `images`, `transfer`), built from a Dockerfile by `builder` with the output of the classic builder.

A container is a process in a copy of its image's files. Its program is looked for in the image first and then on this
machine, so an image `FROM scratch` that holds nothing but an application runs with this machine's `python3` or `node`.
Paths of the image in its command line, its working folder and its search paths become paths of this machine. Each
container has a loopback address of its own: the one that a port binding names (`HostIp` 127.x.y.z, the host's port
equal to the container's), or else a free one, with a proxy for each published port. Programs are told to listen there
by HOST and BIND_HOST; Python and Node programs that listen on every address are made to listen there instead.

What it is not:

- It isolates nothing. A container sees this machine's files, processes and network, runs as the user who started the
  engine, and has no limits; users, capabilities and limits in requests are accepted and mean nothing. Its root is not
  `/`: a program that opens `/app/x` by itself finds this machine's `/app/x`.
- It cannot do what needs isolation: RUN, ONBUILD and SHELL in Dockerfiles, mounts, terminals, restart policies. It says
  so, with status 501 or as a build error. BuildKit is missing, and so are images of registries elsewhere.
- A program that is not Python or Node and listens on every address can be reached, but a second one like it on the
  same port cannot be started; the engine says which container is in the way.
- A program without a handler for it ends at SIGTERM (143), where the first process of a real container would ignore it
  and be killed later (137). Published ports are open to this machine only. In a health check, `localhost` means the
  container's own address.

When the engine ends, its containers end with it: on a kill that it cannot catch, its warden sees to that.
"""
