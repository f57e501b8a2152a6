"""What AWS checks of an action's declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline.catalogue import MODES, ONLY, TYPES, ActionType
from rehearsal.codepipeline.errors import RefusedError, unsupported

if TYPE_CHECKING:
    from rehearsal.codepipeline.definition import Action


def declaration(message: str) -> RefusedError:
    """Return the error of an action that could not work."""
    return RefusedError("InvalidActionDeclarationException", message)


def check(action: Action, region: str) -> None:
    """Refuse an action that could not work."""
    kind = TYPES.get(action.provider)
    if action.owner != "AWS" or kind is None or action.category not in kind.categories:
        raise unsupported(f"actions of type {action.category}, {action.owner}, {action.provider}")
    if action.type_version != "1":
        text = f"ActionType (Category: '{action.category}', Provider: '{action.provider}', Owner: 'AWS', Version: "
        raise declaration(f"{text}'{action.type_version}') in action '{action.name}' is not available in {region}")
    if action.region and action.region != region:
        raise unsupported(f"the region {action.region} of action '{action.name}': only the pipeline's own {region}")
    if action.timeout_minutes and action.category != "Approval":
        raise declaration(f"timeoutInMinutes of action '{action.name}': only manual approvals have one")
    _configuration(action, kind)
    _counts(action, kind)
    if action.provider == "CloudFormation":
        _cloudformation(action)
    if action.provider == "CodeBuild" and len(action.inputs) > 1:
        _primary(action)


def _configuration(action: Action, kind: ActionType) -> None:
    given = set(action.configuration)
    for name in kind.required:
        if name not in given:
            text = f"Action configuration for action '{action.name}' is missing required configuration"
            raise declaration(f"{text} '{name}'")
    unknown = sorted(given - {*kind.required, *kind.optional})
    if unknown:
        text = f"Action configuration for action '{action.name}' contains unknown configuration"
        raise declaration(f"{text} '{', '.join(unknown)}'")
    for name, only in ONLY:
        if action.configuration.get(name, only) != only:
            raise unsupported(f"{name} {action.configuration[name]} of action '{action.name}'")


def _counts(action: Action, kind: ActionType) -> None:
    for what, names, (least, most) in (
        ("input", action.inputs, kind.inputs),
        ("output", action.outputs, kind.outputs),
    ):
        if not least <= len(names) <= most:
            text = f"Action '{action.name}' has {len(names)} {what} artifacts."
            raise declaration(f"{text} {action.provider} takes {least} to {most}.")


def _cloudformation(action: Action) -> None:
    mode = action.configuration["ActionMode"]
    if mode not in MODES:
        raise declaration(f"ActionMode '{mode}' of action '{action.name}' is none of {', '.join(MODES)}")
    for name in MODES[mode]:
        if name not in action.configuration:
            text = f"Action configuration for action '{action.name}' is missing required configuration"
            raise declaration(f"{text} '{name}' for ActionMode {mode}")
    for name in ("TemplatePath", "TemplateConfiguration"):
        artifact = action.configuration.get(name, "").partition("::")[0]
        if artifact and "#{" not in artifact and artifact not in action.inputs:
            raise declaration(f"{name} of action '{action.name}' names '{artifact}', which is no input artifact of it")


def _primary(action: Action) -> None:
    primary = action.configuration.get("PrimarySource")
    if primary not in action.inputs:
        text = f"Action '{action.name}' has several input artifacts: PrimarySource must name one of them"
        raise declaration(f"{text}, not '{primary}'")
