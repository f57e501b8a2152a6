"""The stacks of a release pipeline, as plain functions from settings to CloudFormation templates.

`synthesis.synthesize` makes all of them. `main` is the only stack that a person launches; it holds the key that
encrypts everything else and nests `network` (unless there is a VPC already) and `pipeline`. The pipeline then deploys
`cluster`, the application's own stack, which nests `load_balancer` once and `service` twice: one for each side, Code1
and Code2.

Two rules shape these templates, and both protect production.

First, a side is pinned to its release. Whatever a release may change (the image, but also cpu, environment, secrets,
health checks, alarms) stands in the `service` template and nowhere else. That template is published under the hash of
its content, its package, and the cluster stack names one package for each side. Thus a change of settings reaches the
idle side alone and is approved like code. What passes between the cluster and a side (`service.interface`) never
changes, for an old side must accept whatever a newer cluster hands to it.

Second, CloudFormation never undoes a flip. The two rules that decide where production and test traffic go are
constants here, so that no update and no rollback of one ever sends them again, and the role that deploys the cluster
may not modify a rule.

Names that cross from one stack to another are in `names`, shapes that all stacks share in `parts` and `policy`. Where a
resource is excused from a policy check, the reason stands beside it, in the template itself.
"""
