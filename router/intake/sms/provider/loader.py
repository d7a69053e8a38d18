"""Reads ``sms.toml`` and reports all mistakes at once, each with its line and the expected value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from router.config.toml_models import parse_table
from router.config.toml_table import TomlFile, text_if_there
from router.errors import ConfigError
from router.intake.sms.provider.paths import find
from router.intake.sms.provider.request import NAMES, names_in, unknown_names
from router.intake.sms.provider.schema import Answer, Auth, Incoming, Provider, Report, Send, SmsMap, States, Webhook
from router.intake.sms.provider.templates import TELEPHONE, Template, mistakes

if TYPE_CHECKING:
    from pathlib import Path

    from router.config.toml_table import Table
    from router.intake.sms.provider.templates import Variables

_MODELS: Final = {"provider": Provider, "send": Send, "auth": Auth, "answer": Answer}
_OPTIONAL: Final = {"report": Report, "states": States, "incoming": Incoming, "webhook": Webhook}
_FREE: Final = ("headers", "query", "fields")
_EXPECTED: Final = {
    "name": "write a to z, 0 to 9 and -, a letter first",
    "entity": "write the entity id of your DLT registration: 10 to 25 digits, in quotes",
    "dlt_id": "write the content template id of your DLT registration: 10 to 25 digits, in quotes",
    "header": "write the registered header (sender id), such as MPWROM: 3 to 15 letters or digits",
    "replies_to": "write the number that citizens send texts to: 3 to 13 digits, without +",
    "public_url": "write https:// and the host alone, without a path",
    "variable_names": "write a name with {position} in it, such as VAR{position}",
}


class SmsMapError(ConfigError):
    """The file of the SMS provider cannot be used."""


def read_map(path: Path, variables: Variables) -> SmsMap | None:
    """Read the file of the SMS provider; None when there is none. Blocks.

    Raises:
        SmsMapError: it cannot be read, or has mistakes.
    """
    text = text_if_there(path, SmsMapError)
    return None if text is None else parse_map(text, str(path), variables)


def parse_map(text: str, source: str, variables: Variables) -> SmsMap:
    """Check the text of a file of an SMS provider.

    Args:
        text: TOML.
        source: Its name, for the messages.
        variables: What templates may name, with the longest values.

    Raises:
        SmsMapError: With every mistake.
    """
    toml = TomlFile(text, source, SmsMapError)
    toml.only((*_MODELS, *_OPTIONAL, *_FREE, "template"))
    toml.problems += [f"{source}: no [{name}] table" for name in _MODELS if name not in toml.values]
    if "template" not in toml.values:
        toml.problems.append(f"{source}: no template; write [[template]] and below it name, language, dlt_id and text")
    parts: dict[str, Any] = {
        name: parse_table(toml.table(name), model, _EXPECTED)
        for name, model in {**_MODELS, **_OPTIONAL}.items()
        if name in toml.values
    }
    parts |= {name: _free(toml.table(name)) for name in _FREE}
    tables = toml.tables("template") if "template" in toml.values else []
    templates = [(table, parse_table(table, Template, _EXPECTED)) for table in tables]
    if not toml.problems:
        _fit_together(toml, parts)
        _check_templates(templates, parts, variables)
    toml.check()
    return SmsMap(**parts, templates=tuple(one for _, one in templates if one is not None))


def _free(table: Table) -> dict[str, Any]:
    """Return a table of names of the provider's own: texts, below [fields] whatever JSON has."""
    for key, value in table.values.items():
        if not isinstance(value, str) and table.name != "fields":
            table.bad(f"{key}: write a text in quotes", key)
        for name in unknown_names(value):
            table.bad(f"{key}: {{{name}}} is nothing that can be filled in (known: {', '.join(NAMES)})", key)
        if isinstance(value, str) and any(ord(sign) < 32 for sign in value):  # noqa: PLR2004 - control characters
            table.bad(f"{key}: no line ends or control characters", key)
    return dict(table.values)


def _fit_together(toml: TomlFile, parts: dict[str, Any]) -> None:
    """Report what does not fit between two tables."""
    send, auth, fields = parts["send"], parts["auth"], parts["fields"]
    named = names_in([parts["query"], fields])
    if "to" not in named:
        toml.table("send").bad("no value below [fields] or [query] is {to}: the provider would not know the number")
    if "text" not in named and not send.variables_at:
        toml.table("send").bad("no value below [fields] or [query] is {text}, and there is no variables_at: no text")
    if send.body == "none" and fields:
        toml.table("fields").bad('a request with body = "none" has no fields: write them below [query]')
    if send.body == "form" and (key := next((key for key, one in fields.items() if not isinstance(one, str)), "")):
        toml.table("fields").bad(f"{key}: write a text in quotes: a form has no other values", key)
    if send.variables_at and not isinstance(find(fields, send.variables_at), dict):
        toml.table("send").bad(f"variables_at: [fields] has no table at {send.variables_at!r}", "variables_at")
    if auth.by == "field" and send.body == "none":
        toml.table("auth").bad('by: a request with body = "none" has no field: write by = "query"', "by")
    if {"report_url"} & names_in([parts["query"], fields, parts["headers"]]) and not _public(parts):
        toml.table("webhook").bad("public_url is missing: the provider is told {report_url}", "public_url")
    if ("report" in parts) != ("states" in parts):
        toml.problems.append(f"{toml.file}: [report] and [states] belong together: write both or none")


def _public(parts: dict[str, Any]) -> str:
    return parts["webhook"].public_url if parts.get("webhook") else ""


def _check_templates(
    templates: list[tuple[Table, Template | None]], parts: dict[str, Any], variables: Variables
) -> None:
    seen: dict[tuple[str, str], int] = {}
    own_ids = "provider_template" in names_in([parts["query"], parts["fields"]])
    for table, one in templates:
        if one is None:
            continue
        if seen.setdefault((one.name, one.language), table.line) != table.line:
            line = seen[one.name, one.language]
            table.bad(f"{one.name!r} in {one.language!r} stands in line {line} already", "language")
        if own_ids and not one.provider_id:
            table.bad("provider_id is missing: the request has {provider_template}")
        if TELEPHONE in one.variables and not parts["provider"].replies_to:
            table.bad(f"{TELEPHONE} is [provider] replies_to, which is not set", "variables")
        for key, fault in mistakes(one, variables, parts["provider"].max_parts):
            table.bad(fault, key)
