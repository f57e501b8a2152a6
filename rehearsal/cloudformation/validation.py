"""What is wrong with a template before anything of it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.errors import InsufficientCapabilitiesError, ValidationError
from rehearsal.cloudformation.functions import EXTENDED
from rehearsal.cloudformation.graph import ordered
from rehearsal.cloudformation.parameters import checked_type
from rehearsal.cloudformation.references import conditions_in, functions_in, references
from rehearsal.cloudformation.resolver import NO_VALUE
from rehearsal.cloudformation.template import EXTENSIONS, Declared, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

PSEUDO = frozenset(
    {
        *("AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region"),
        *("AWS::StackId", "AWS::StackName", "AWS::URLSuffix"),
    }
)
REFUSED_FUNCTIONS = frozenset({"Fn::Transform", "Fn::ForEach"})
NAMING = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
POWERS = NAMING.keys() | {
    "AWS::IAM::AccessKey",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserToGroupAddition",
}


def validate(template: Template, known: Callable[[str], bool]) -> None:
    """Refuse what can be seen to fail without running anything."""
    if strange := [kind for kind in template.types if not known(kind)]:
        raise ValidationError(
            f"Template format error: Unrecognized resource types: [{', '.join(strange)}]. "
            "If AWS has them, the local AWS does not."
        )
    for key, declared in template.section("Parameters").items():
        checked_type(key, declared)
    _check_functions(template)
    _check_conditions(template)
    _check_references(template)
    ordered({name: dependencies(declared, template.resources) for name, declared in template.resources.items()})


def dependencies(declared: Declared, among: Collection[str]) -> frozenset[str]:
    """Return the resources that must stand before this one."""
    return (frozenset(name for name, _ in references(declared.properties)) | set(declared.depends_on)) & set(among)


def _check_functions(template: Template) -> None:
    for function in functions_in([template.section("Resources"), template.section("Outputs")]):
        base = function.split("::ForEach")[0] + ("::ForEach" if "::ForEach" in function else "")
        if base in REFUSED_FUNCTIONS:
            raise ValidationError(f"Template format error: {base} is not supported here")
        if function in EXTENDED and EXTENSIONS not in template.transforms:
            raise ValidationError(f"Template error: {function} needs the transform {EXTENSIONS}")


def _check_conditions(template: Template) -> None:
    defined = template.section("Conditions")
    for name, declared in template.resources.items():
        if declared.condition is not None and declared.condition not in defined:
            raise ValidationError(
                f"Template format error: Unresolved dependencies [{declared.condition}]. "
                f"Cannot reference resources in the Conditions block of the template (resource {name})"
            )
    for name in conditions_in([template.section("Resources"), template.section("Outputs")]):
        if name not in defined:
            raise ValidationError(f"Template error: unresolved condition dependency {name} in Fn::If")


def _check_references(template: Template) -> None:
    named = template.resources.keys() | template.section("Parameters").keys() | PSEUDO
    for block in ("Resources", "Outputs"):
        for name, attribute in references(template.section(block)):
            if attribute is not None and name not in template.resources:
                raise ValidationError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
            if name not in named:
                raise _unresolved([name], block)
    for declared in template.resources.values():
        if lost := sorted(set(declared.depends_on) - template.resources.keys()):
            raise _unresolved(lost, "Resources")


def _unresolved(names: list[str], block: str) -> ValidationError:
    return ValidationError(
        f"Template format error: Unresolved resource dependencies [{', '.join(names)}] "
        f"in the {block} block of the template"
    )


def require_capabilities(template: Template, given: Collection[str]) -> None:
    """Refuse a template whose powers the caller did not acknowledge."""
    if template.transforms and "CAPABILITY_AUTO_EXPAND" not in given:
        raise InsufficientCapabilitiesError("Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    needed = capabilities(template)
    if needed and not set(needed) & set(given) and "CAPABILITY_NAMED_IAM" not in given:
        raise InsufficientCapabilitiesError(f"Requires capabilities : [{needed[0]}]")


def capabilities(template: Template) -> list[str]:
    """Return the capability that the template's IAM resources need, if any."""
    powerful = [declared for declared in template.resources.values() if declared.type in POWERS]
    if any(_named(declared.type, declared.properties) for declared in powerful):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if powerful else []


def _named(kind: str, properties: Mapping[str, Any]) -> bool:
    return kind in NAMING and properties.get(NAMING[kind], NO_VALUE) is not NO_VALUE


def pruned(node: Any, conditions: Mapping[str, bool]) -> Any:
    """Leave only the branches that the conditions choose, so that dependencies are the real ones."""
    if isinstance(node, list):
        return [pruned(inner, conditions) for inner in node]
    if not isinstance(node, dict):
        return node
    argument = node.get("Fn::If")
    if isinstance(argument, list) and len(argument) == 3 and argument[0] in conditions:
        return pruned(argument[1] if conditions[argument[0]] else argument[2], conditions)
    return {key: pruned(value, conditions) for key, value in node.items()}
