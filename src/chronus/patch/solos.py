"""Solo in place: whose solo lets each outlet of each channel strip be heard, while that of others silences it.

A soloed strip is heard with the strips that are mixed into it, which their first outlets lead to: the members of a group. What they all lead
into, groups and returns, stays open. Of any other strip only that outlet is open which leads into a soloed one: soloing a return leaves
the sends that feed it, and takes the dry sound away.
Sound goes along cables into inlets. A cable into a parameter moves something, and what comes in at a `key` is only listened to.
"""
from collections.abc import Callable, Iterable

from chronus import limits
from chronus.dsp.declare import HEARD_AT, Declaration
from chronus.patch.errors import PatchError

SOLO, SAFE = "solo", "safe"             # parameters of a strip
KEY = "key"                             # an inlet that is listened to


def outlets_of(declaration: Declaration) -> list[str]:
    """The outlets of a strip that solos open and close; of another module none."""
    return [given.what.removeprefix(HEARD_AT) for given in declaration.given if given.what.startswith(HEARD_AT)]


class Solos:
    """The strips of a patch in order, and `opened_by`: of each (strip, outlet) a number with a bit for each strip whose solo lets it be heard."""

    def __init__(self, order: Iterable[str], declaration: Callable[[str], Declaration], cables: Iterable):
        """`cables` have a source, outlet, target and inlet. Raises PatchError where there are more strips than a number has bits."""
        order = list(order)
        self.strips = [id_ for id_ in order if outlets_of(declaration(id_))]
        if len(self.strips) > limits.STRIPS:
            raise PatchError(f"a patch has at most {limits.STRIPS} channel strips, not {len(self.strips)}; let a mix stand for some", "range")
        self.main = {id_: declaration(id_).outlets[0] for id_ in self.strips}
        self.into, self.behind = {}, {}
        known = set(order)
        for cable in cables if self.strips else ():
            if cable.source in known and cable.target in known and carries_sound(declaration(cable.target), cable.inlet):
                self.into.setdefault(cable.target, set()).add((cable.source, cable.outlet))
                self.behind.setdefault((cable.source, cable.outlet), set()).add(cable.target)
        self.outlets = {id_: declaration(id_).outlets for id_ in order}
        self.opened_by = {(id_, outlet): 0 for id_ in self.strips for outlet in outlets_of(declaration(id_))}
        fed = {end: self.fed_by([end]) for end in self.opened_by}
        for bit, soloed in enumerate(self.strips):
            members = self.members(soloed)
            heard = members | self.fed_by((id_, outlet) for id_ in members for outlet in self.outlets[id_])
            for end in self.opened_by:
                if end[0] in heard or soloed in fed[end]:
                    self.opened_by[end] |= 1 << bit

    def members(self, group: str) -> set[str]:
        """The strips that are mixed into one, and itself."""
        found, work = {group}, [group]
        seen = {group}
        while work:
            for source, outlet in self.into.get(work.pop(), ()):
                if source not in seen and outlet == self.main.get(source, outlet):
                    seen.add(source)
                    work.append(source)
                    found.update({source} & self.main.keys())
        return found

    def fed_by(self, ends: Iterable[tuple[str, str]]) -> set[str]:
        """All modules that outlets lead into, along whatever path."""
        found, work = set(), list(ends)
        while work:
            for target in self.behind.get(work.pop(), set()) - found:
                found.add(target)
                work += [(target, outlet) for outlet in self.outlets[target]]
        return found


def carries_sound(declaration: Declaration, inlet: str) -> bool:
    return inlet != KEY and any(found.name == inlet for found in declaration.inlets)
