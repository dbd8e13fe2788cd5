"""The product's own JSON Schemas, ready to validate with."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from ccloud_apply.schemas import read_schema


@cache
def validator_of(name: str) -> Draft202012Validator:
    """The validator of a schema of `schemas/`, which may refer to the plan's."""
    plan_schema = read_schema("plan.schema.json")
    resource: Resource[Any] = Resource.from_contents(plan_schema)
    registry = Registry().with_resource(plan_schema["$id"], resource)
    Draft202012Validator.check_schema(read_schema(name))
    return Draft202012Validator(read_schema(name), registry=registry)
