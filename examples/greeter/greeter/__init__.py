"""A web application small enough to read in a minute, and real enough to be released.

It says who it is: a page in its own colour, the same as JSON under `/api`, and `/health` for the load balancer.
What distinguishes one release from the next is the file version.json beside this one, and nothing else.
"""
