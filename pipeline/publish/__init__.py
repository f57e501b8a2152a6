"""What is put into the template bucket, and in which order, so that no pipeline ever runs with a half of it.

Two kinds of object live there. Templates and the Lambda zip stand under a key that names their content: they are
written once, never again, and putting them there changes nothing for anybody who does not point at them. So they are
uploaded first, before CloudFormation is asked what it would change.

The package (`{app}/package.zip`) is the other kind: one key, new versions. It is a source of the pipeline, so a new
version of it starts a run. When the stack is created, the package goes before it, since a new pipeline runs at once and
would fail on a source that is not there. When the stack is updated, the package follows it: published first, it would
start the pipeline that is about to be changed, with parameters that the old pipeline does not pass. In both cases it
is the last object to be uploaded, and only if its bytes differ, since an identical one would start a run for nothing.

An interruption between any two of these steps leaves a state from which the same command goes on: what is there under
its content's name is not uploaded again, and a package that is still the old one is noticed and published.

Zips are stored, not deflated: compressors differ from one zlib to the next, and with them the bytes.
"""
