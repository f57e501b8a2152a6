"""Credentials that a plain value must not carry: whoever may look at the console can read a task definition."""

import re

ADVICE = "keep it in Secrets Manager or SSM and name its ARN in [container.secrets]"

MARKS = {
    "an AWS access key": r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
    "a GitHub token": r"\b(gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{22})",
    "a GitLab token": r"\bglpat-[\w-]{20}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10}",
    "a Slack webhook": r"\bhooks\.slack\.com/services/T\w+/B\w+/\w+",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{10}",
    "a Google API key": r"\bAIza[\w-]{35}",
    "a signed web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    # A password that is itself a placeholder, such as ${PASSWORD}, gives nothing away.
    "a password in a URL": r"://[^/\s:@]*:(?![$%{<])[^/\s@]+@",
}
NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(API|SECRET|PRIVATE|ACCESS|SIGNING|ENCRYPTION)_?KEY)$",
    re.IGNORECASE,
)


def recognised(value: str) -> str | None:
    """Say what kind of credential a value carries, or None if it looks like none."""
    return next((kind for kind, mark in MARKS.items() if re.search(mark, value)), None)


def named(variable: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    return bool(NAME.search(variable))
