"""The callers: a process that asks production all the time, as its users would, and notes every answer.

It is a process of its own, so that the measuring is not disturbed by what is measured, and it imports next to nothing.
Orders come as JSON lines on its standard input, and what it sees leaves as JSON lines on its standard output:

    {"call": "production", "host": ..., "port": ..., "path": ..., "clients": 7, "rate": 200}   begin to call
    {"period": "v2 is deployed"}            count what begins from now on under this name
    {"report": true}                        wait for what is under way, and tell what was counted

A request fails when its status is not 2xx, when the connection is refused, reset or closed before the whole answer is
there, or when there is no answer in time. A kept connection that the server closed between two requests is no failure
of a request: HTTP lets it, and the next request takes a new connection.
"""
