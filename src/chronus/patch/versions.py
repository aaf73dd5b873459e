"""Which versions of the module types a patch was made for, and what it needs where this engine has others."""

from chronus.modules.registry import modules
from chronus.patch.errors import PatchError, shown, suggestion


def versions_of(types) -> dict[str, int]:
    """The version that this engine has of each module type, in alphabetical order."""
    return {type_: modules()[type_].version for type_ in sorted(set(types))}


def check_versions(made_for) -> list[str]:
    """Sentences about the module types that have changed since the patch was made, which may sound different now.

    Raises PatchError for a type that this engine lacks or has only in an older version.
    """
    if not isinstance(made_for, dict):
        raise PatchError('"types" holds the version of each module type, such as {"sine": 1}')
    sentences = []
    for type_, version in made_for.items():
        place = f"types.{type_[:70]}"
        if type(version) is not int or version < 1:
            raise PatchError(f"a version is a whole number from 1 on, not {shown(version)}", "type", place)
        if type_ not in modules():
            raise PatchError(f"the patch was made with the module type '{type_[:70]}', which this engine does not have"
                             f"{suggestion(type_, modules())}", "unknown-type", place)
        current = modules()[type_].version
        if version > current:
            raise PatchError(f"the patch was made for {type_} version {version}, and this engine has version {current}: "
                             "take a newer engine (or module)", "unknown-type", place)
        if version < current:
            sentences.append(f"the patch was made for {type_} version {version}; this engine has version {current}, "
                             "which may sound different: listen, and save it again")
    return sentences


def needs(made_for: dict, type_: str) -> str:
    """What to add to the error about something that a module type does not take; "" unless an older version of it may have taken it."""
    current = modules()[type_].version
    old = made_for.get(type_, current)
    return "" if old >= current else (f" (made for {type_} version {old}; this engine has version {current}, which takes less: "
                                      "mend or take out what is named here, and the line \"hash\" with it)")
