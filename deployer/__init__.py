"""What CodeBuild runs for a release: `python -m deployer VERB`.

`image` turns a commit into an image: if the repository has an image of that tag it is reused, otherwise it is built and
pushed, and build.json hands the tag on. `discover` takes that tag, looks at the load balancer, and hands on which
release each side shall run: the new one goes to the side that is not live, and what is live stays as it is.

Both verbs only read and hand over; neither moves traffic. Each runs in the folder of the pipeline's package, is told
everything else by environment variables, and leaves two files there: build.json for the pipeline's next action, and
build.env for the buildspec, which exports its variables. They appear when all is well and not before, so a run that
failed hands over nothing.
"""
