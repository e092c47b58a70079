"""SVG as text: real labels, colours as classes that follow light and dark, coordinates to a tenth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Point = tuple[float, float]


def number(value: float) -> str:
    """Write a coordinate.

    >>> number(12.04), number(-0.01), number(7.25)
    ('12', '0', '7.2')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, content: str = "", /, **attributes: str | float | None) -> str:
    """Write one element; `class_` is written `class`, other underscores as hyphens, and what is None is left out.

    >>> tag("rect", x=1.5, class_="f-ink")
    '<rect x="1.5" class="f-ink"/>'
    """
    written = "".join(f' {_name(key)}="{_written(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _name(key: str) -> str:
    return key if key != key.lower() else key.rstrip("_").replace("_", "-")


def _written(value: str | float) -> str:
    return str(escape(value)) if isinstance(value, str) else number(value)


def label(x: float, y: float, text: str, colour: str = "ink-2", *, anchor: str = "start", bold: bool = False) -> str:
    """Write a text whose baseline begins, is centred or ends at a point."""
    return tag(
        "text",
        str(escape(text)),
        x=x,
        y=y,
        class_=f"f-{colour}{' b' if bold else ''}",
        text_anchor=None if anchor == "start" else anchor,
    )


def rectangle(corner: Point, opposite: Point, colour: str, *, radius: float | None = None) -> str:
    """Fill the rectangle between two corners."""
    (x1, y1), (x2, y2) = corner, opposite
    return tag(
        "rect", x=min(x1, x2), y=min(y1, y2), width=abs(x2 - x1), height=abs(y2 - y1), rx=radius, class_=f"f-{colour}"
    )


def line(start: Point, end: Point, colour: str, *, width: float | None = None, dash: str | None = None) -> str:
    """Draw a straight line."""
    (x1, y1), (x2, y2) = start, end
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=f"s-{colour}", stroke_width=width, stroke_dasharray=dash)


def path(points: Iterable[Point], colour: str, *, width: float = 1.8, dash: str | None = None) -> str:
    """Draw a line through points."""
    return tag("path", d=_moves(points), fill="none", class_=f"s-{colour}", stroke_width=width, stroke_dasharray=dash)


def area(points: Iterable[Point], colour: str) -> str:
    """Fill the shape between points."""
    return tag("path", d=_moves(points) + "Z", class_=f"f-{colour}")


def dot(centre: Point, radius: float, colour: str) -> str:
    """Draw a filled circle."""
    return tag("circle", cx=centre[0], cy=centre[1], r=radius, class_=f"f-{colour}")


def _moves(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def picture(width: float, height: float, told: str, parts: Sequence[str], kind: str = "chart") -> Markup:
    """Put parts into a picture that a screen reader announces by `told`."""
    drawn = tag(
        "svg", "".join(parts), viewBox=f"0 0 {number(width)} {number(height)}", class_=kind, role="img", aria_label=told
    )
    return Markup(drawn)  # noqa: S704 - every text and attribute was escaped by `tag` and `label`


@dataclass(frozen=True)
class Frame:
    """A plot: its size, its margins, and the spans of its two axes."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_span: tuple[float, float] = (0.0, 1.0)
    y_span: tuple[float, float] = (0.0, 1.0)

    def x(self, value: float) -> float:
        """Return where a value lies from the left."""
        low, high = self.x_span
        return self.left + (self.width - self.left - self.right) * (value - low) / ((high - low) or 1.0)

    def y(self, value: float) -> float:
        """Return where a value lies from the top."""
        low, high = self.y_span
        return (
            self.height - self.bottom - (self.height - self.top - self.bottom) * (value - low) / ((high - low) or 1.0)
        )

    def at(self, x: float, y: float) -> Point:
        """Return the place of a point."""
        return self.x(x), self.y(y)

    @property
    def floor(self) -> float:
        """Return the bottom edge of the plot."""
        return self.height - self.bottom

    @property
    def end(self) -> float:
        """Return the right edge of the plot."""
        return self.width - self.right
