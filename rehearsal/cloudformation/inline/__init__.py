"""What Lambda puts beside code that a template writes out: the module with which custom resources answer.

It is read as text and travels in the function's archive; nothing here imports it.
"""
