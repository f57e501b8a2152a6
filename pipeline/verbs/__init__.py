"""The verbs of the command line, a module each.

A verb's module says in its docstring what it does, and has `EXAMPLE` (for its --help), `add_arguments(parser)` and
`run(args)`, which returns the exit code. Only the module of the verb that was asked for is imported, so that none waits
for what another one needs: `synth` loads no AWS client.
"""

VERBS = {
    "init": "write a commented release.toml",
    "synth": "write the CloudFormation templates to a directory",
    "deploy": "launch the release pipeline, or bring it up to date",
    "rehearse": "play releases through on this machine, without an AWS account",
}
