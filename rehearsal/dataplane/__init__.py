"""The data plane: every listener of every load balancer as a real socket, in a process of its own.

The main process says what should be true: a snapshot of one region's load balancers, listeners, rules and target
groups. The child puts it in force and acknowledges it, then tells what it observes: health, the end of draining,
counters. A request is read by `client`, matched by `routing`, and performed by one of the `actions`; forwarded, it
becomes an `exchange` between a client and an `upstream` connection of a `target`. Rules are looked up for each request,
so a change takes the next request even on a connection that stays open, while a request under way finishes where it
began. The control connection is the child's lease of life: when it ends, the child ends.
"""
