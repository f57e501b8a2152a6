"""The product's face: it reads release.toml, turns it into stacks, and carries out what the user asks for.

A verb a file under `pipeline.verbs`; `pipeline.settings` is what a release.toml may say. Nothing in here is imported
by what runs inside AWS (`deployer`, `lambdas`, `traffic`), so a change of the command line never changes a deployed
function.
"""
