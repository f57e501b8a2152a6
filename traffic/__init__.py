"""Who is live, who is idle, and how production moves from one to the other.

An application has two *sides*, `Code1` and `Code2`. Each is a target group, and its tags say which *release* (image and
package) it runs. Two *rules* on the load balancer decide who is reached: the production rule forwards to the *live*
side, the test rule to the *idle* one.

The production rule is the truth. Nothing else decides who is live: the test rule goes to the other side, and the tags
`IsProduction` follow. That is why a release is *promoted* by naming it ("make the side that runs v2 live") and never by
swapping: whoever asks twice, dies half way or is delivered twice asks for the same end, and gets it.

`promote` looks (`view`, `gate`), decides (`plan`), moves and then settles (`settle`): it reads again what it has
written, until rules and tags agree. `discovery` finds the sides of a load balancer that it knows by name alone, and
`pins` says which release each side is to run after the next deployment.

The Lambda functions live on this package, so it imports nothing but botocore and the standard library, and its values
are named tuples: as many dataclasses would take five times as long to define, at every cold start.
"""
