"""A local AWS for release pipelines: real ports, real containers, real builds, on one machine and without an account.

moto's server keeps the services' state and speaks their wire protocols. Where moto only keeps records, an engine of
this package does the work: it runs builds, functions and tasks, moves traffic, and checks permissions. It knows AWS
and nothing of the systems that are rehearsed on it.
"""
