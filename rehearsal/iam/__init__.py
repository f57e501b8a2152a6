"""Permissions: calls made with credentials that this server issued are checked as AWS checks them.

A request becomes the questions that it raises (`questions`): which action on which resources, and which further actions
go with it, such as passing a role. Who asks is found by the access key (`principals`). `evaluation` decides with the
policies of the caller and of the resource; the gate keeps an audit trail of what it decided. Access keys that were not
issued here are the operator's, who may do everything. Traffic stays on this machine, so `aws:SecureTransport` is true.
"""
