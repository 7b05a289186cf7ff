"""The models of settings that say when alerts go out, where they are more than one value."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, GetJsonSchemaHandler, ModelWrapValidatorHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from monitor.fields.values import DAY, MINUTE, duration
from monitor.fields import StrictSettings, whole, wrong

OFF = "off"


class BurstSettings(StrictSettings):
    """When one message takes the place of many: after so many alerts within so long. `off`: never."""

    alerts: Annotated[int, whole(1, 1000, "how many alerts come one by one")] = Field(
        default=10, description="How many alerts come one by one within the time; further ones share one message."
    )
    within: Annotated[float, duration(MINUTE, DAY)] = Field(
        default=10 * MINUTE,
        description="The time within which they are counted.",
        examples=["10m"],
        json_schema_extra={"default": "10m"},
    )

    @property
    def is_off(self) -> bool:
        """Return whether every alert comes by itself, however many there are."""
        return self.alerts == 0

    @model_validator(mode="wrap")
    @classmethod
    def _from_off(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if value == OFF:
            return cls.model_construct(alerts=0)
        if isinstance(value, dict):
            return handler(value)
        raise wrong("must be off, or how many alerts within how long: write {alerts: 10, within: 10m}")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept `off`, too."""
        mapping = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"const": OFF}, mapping], "description": mapping.pop("description", "")}
