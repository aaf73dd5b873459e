"""What is wrong with the text of a pattern, and where: a sentence, and a line with a caret below the character."""

SHOWN = 72                               # characters of a long text that are shown around the mistake


class PatternError(ValueError):
    """A sentence that says what to do; `position` counts characters of `text` from 0, None where the mistake has no place."""

    def __init__(self, message: str, position: int | None = None, text: str = ""):
        super().__init__(message)
        self.message, self.position, self.text = message, position, text

    def __str__(self) -> str:
        if self.position is None or not self.text:
            return self.message
        first = max(0, min(self.position - SHOWN // 2, len(self.text) - SHOWN))
        shown = "".join(c if c.isprintable() else " " for c in self.text[first:first + SHOWN])
        return f"{self.message}\n  {shown}\n  {' ' * (self.position - first)}^"


class TooMuch(PatternError):
    """There is no mistake in the text, but there are more events than there is room or time for."""
