"""The drawing of a plan's steps on its page: as wide as the window, or left out with a sentence.

A drawing that would have to be scrolled, or shrunk until nobody can read it, is none. What it looks
like belongs to `render/graph/`.
"""

from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.text import count_of
from ccloud_apply.render.graph.svg import GRAPH_STYLE, Drawing, draw_graph

DRAWING_STYLES = (GRAPH_STYLE,)
"""The style elements of a drawing, which the page's policy has to allow."""

_MAX_OPEN = 24
_MAX_LANES = 80
"""A picture of more lanes is too long to read on a page; it is made by `ccloud-apply graph`."""

_WIDTHS = ((640, "slim"), (1000, "middle"), (1500, "broad"), (2000, "widest"))
"""The widest drawing of each class, in pixels. The page's style says from which width of the window
it is shown: it never shrinks below two thirds."""

DRAWING_STYLE = """
.graph { margin: .75rem 0; }
.graph svg { display: block; max-width: 100%; height: auto; margin: 0 auto; border-radius: .5rem; }
.graph.broad, .graph.widest { width: calc(100vw - 3rem); margin-left: calc(50% - 50vw + 1.5rem); }
.unfit { display: none; }
@media screen and (max-width: 30rem) { .slim { display: none; } .slim + .unfit { display: block; } }
@media screen and (max-width: 44rem) { .middle { display: none; }
  .middle + .unfit { display: block; } }
@media screen and (max-width: 66rem) { .broad { display: none; }
  .broad + .unfit { display: block; } }
@media screen and (max-width: 86rem) { .widest { display: none; }
  .widest + .unfit { display: block; } }
@media print { .graph.broad, .graph.widest { width: auto; margin-left: 0; } }
"""

DRAWING_PART_STYLE = f".graph svg {{ {GRAPH_STYLE} }}\n"
"""What the page's style needs for a drawing without a style element."""


def render_drawing(plan: Plan, *, has_style: bool = True) -> str:
    """A section with the drawing; nothing where there is nothing to do. `has_style`: the drawing
    brings its own style element."""
    count = sum(len(stack.steps) for stack in plan.stacks)
    if not count:
        return ""
    head = f'<section class="stack">\n<h2>Order of the {count_of(count, "step")}</h2>\n'
    drawing = draw_graph(plan, has_style=has_style)
    kind = next((name for width, name in _WIDTHS if drawing.width <= width), None)
    if kind is None or drawing.lanes > _MAX_LANES:
        return f"{head}{_left_out(drawing)}</section>\n"
    open_ = " open" if drawing.lanes <= _MAX_OPEN else ""
    return (
        f"{head}<details{open_}><summary>drawn, a lane for each server, or for many alike"
        f'</summary>\n<div class="graph {kind}">{drawing.text}</div>'
        '<p class="quiet unfit">The drawing needs a wider window; each card has its steps.</p>'
        "</details>\n</section>\n"
    )


def _left_out(drawing: Drawing) -> str:
    return (
        f'<p class="quiet">The drawing has {count_of(drawing.lanes, "lane")} and is'
        f" {drawing.width:,} pixels wide, too large for this page;"
        " <code>ccloud-apply graph --format svg</code> makes it.</p>\n"
    )
