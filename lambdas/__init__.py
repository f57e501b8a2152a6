"""What AWS invokes: one thin module per function.

`flip` is called by the pipeline once a release is approved, and answers the job exactly once, whatever happens.
`settle` is called when CloudFormation has finished with the stack, since a rolled-back update restores the tags of an
earlier release. Both read their event into a small typed value first (`codepipeline_job`, `flip_parameters`,
`stack_event`), so that nothing else of the event, the artifact credentials above all, can reach a log; then `traffic`
does the work.
"""
