"""What the requests of engines are called in policies."""

READ = {
    "manifest": ("BatchGetImage",),
    "blob": ("GetDownloadUrlForLayer",),
    "tags": ("ListImages",),
    "upload": ("UploadLayerPart",),
}
ACTIONS: dict[tuple[str, str], tuple[str, ...]] = {
    **{("GET", kind): actions for kind, actions in READ.items()},
    **{("HEAD", kind): actions for kind, actions in READ.items()},
    # An engine looks so which layers it need not push.
    ("HEAD", "blob"): ("BatchCheckLayerAvailability",),
    ("POST", "uploads"): ("InitiateLayerUpload",),
    ("PATCH", "upload"): ("UploadLayerPart",),
    ("PUT", "upload"): ("CompleteLayerUpload",),
    ("DELETE", "upload"): ("UploadLayerPart",),
    # AWS's documentation asks for both of whoever pushes: some engines look first whether the image is there.
    ("PUT", "manifest"): ("PutImage", "BatchGetImage"),
}
AT_ONCE = ("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload")


def needed(method: str, kind: str, query: dict[str, str]) -> tuple[str, ...]:
    """Return the actions that a request needs; none if ECR does not know such a request."""
    if (method, kind) == ("POST", "uploads") and "digest" in query:
        return AT_ONCE
    return ACTIONS.get((method, kind), ())
