"""What is accepted and kept on the stack's record, but reaches no service: the whole list.

Each entry is type, property, and why.
"""

RECORDED = (("AWS::CloudWatch::Dashboard", "Tags", "the dashboards here carry no tags"),)
