"""Whether answers are what AWS's model of the service says: no member more, none less, none of another kind."""

import json
from contextlib import contextmanager
from xml.etree import ElementTree

import pytest
from botocore.endpoint import Endpoint

KINDS = {
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "structure": dict,
    "map": dict,
    "list": list,
}
# What AWS answers although its model does not have it: a stack is also a resource of its own events.
CLEANING_UP = ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
UNMODELLED = {"ResourceStatus": (*CLEANING_UP, "REVIEW_IN_PROGRESS")}


@contextmanager
def checked(services):
    """Check every answer that clients of these services get in this process; fail at the end if one was wrong."""
    wrong = set()
    receive = Endpoint._get_response

    def get_response(endpoint, request, operation, context):
        answer, failure = receive(endpoint, request, operation, context)
        service = operation.service_model.service_name
        if service in services and answer and answer[0].status_code < 300 and not operation.has_streaming_output:
            wrong.update(f"{service} {operation.name}: {fault}" for fault in faults(operation, answer[0].content))
        return answer, failure

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "_get_response", get_response)
        yield wrong
    assert not wrong, "\n".join(sorted(wrong))


def faults(operation, content):
    """Yield in words what an answer's body has that the model has not, and the other way round."""
    shape = operation.output_shape
    if shape is None:
        return
    if content.lstrip().startswith(b"<"):
        told = ElementTree.fromstring(content)
        wrapper = shape.serialization.get("resultWrapper")
        inner = next((each for each in told if _bare(each) == wrapper), None) if wrapper else told
        yield from _in_xml(shape, told if inner is None else inner, "", {"ResponseMetadata"})
    else:
        yield from _in_json(shape, json.loads(content or "{}"), "")


def _in_json(shape, value, path):
    kind = KINDS[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield f"{path} is {value!r}, which is no {shape.type_name}"
    elif shape.type_name == "structure":
        yield from _structure_in_json(shape, value, path)
    elif shape.type_name == "list":
        yield from (fault for one in value for fault in _in_json(shape.member, one, f"{path}[]"))
    elif shape.type_name == "map":
        yield from (fault for one in value.values() for fault in _in_json(shape.value, one, f"{path}{{}}"))
    else:
        yield from _of_enumeration(shape, value, path)


def _structure_in_json(shape, told, path):
    members = {member.serialization.get("name", name): member for name, member in _in_body(shape)}
    # Clients take what is null for what is not there.
    found = {name: value for name, value in told.items() if value is not None}
    yield from (f"{path}.{name} is unknown" for name in found if name not in members)
    yield from (f"{path} lacks {name}" for name in _required(shape, members) if name not in found)
    for name in found.keys() & members.keys():
        yield from _in_json(members[name], found[name], f"{path}.{name}")


def _in_xml(shape, told, path, besides=frozenset()):
    if shape.type_name == "structure":
        yield from _structure_in_xml(shape, told, path, besides)
    elif shape.type_name == "list":
        name = shape.member.serialization.get("name", "member")
        for one in told:
            if _bare(one) != name:
                yield f"{path} has <{_bare(one)}> where the model has <{name}>"
            else:
                yield from _in_xml(shape.member, one, f"{path}[]")
    elif shape.type_name != "map":
        yield from _text(shape, told.text or "", path)


def _structure_in_xml(shape, told, path, besides):
    members = {}
    for name, member in _in_body(shape):
        flat = member.type_name == "list" and member.serialization.get("flattened")
        named = member.member.serialization.get("name") if flat else None
        members[named or member.serialization.get("name", name)] = member.member if flat else member
    found = [_bare(each) for each in told]
    yield from (f"{path}.{name} is unknown" for name in found if name not in members and name not in besides)
    yield from (f"{path} lacks {name}" for name in _required(shape, members) if name not in found)
    for one in told:
        if _bare(one) in members:
            yield from _in_xml(members[_bare(one)], one, f"{path}.{_bare(one)}")


def _text(shape, text, path):
    if shape.type_name == "boolean" and text not in ("true", "false"):
        yield f"{path} is {text!r}, which is no boolean"
    elif shape.type_name in ("integer", "long") and not text.lstrip("-").isdigit():
        yield f"{path} is {text!r}, which is no {shape.type_name}"
    else:
        yield from _of_enumeration(shape, text, path)


def _of_enumeration(shape, value, path):
    allowed = [*shape.metadata.get("enum", ()), *UNMODELLED.get(shape.name, ())]
    if "enum" in shape.metadata and value not in allowed:
        yield f"{path} is {value!r}, which is none of {', '.join(allowed)}"


def _in_body(shape):
    return [(name, member) for name, member in shape.members.items() if "location" not in member.serialization]


def _required(shape, members):
    named = {shape.members[name].serialization.get("name", name) for name in shape.required_members}
    return sorted(named & members.keys())


def _bare(element):
    return element.tag.rpartition("}")[2]
