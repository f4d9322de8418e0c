"""Bars in an SVG: one panel per figure, one bar per peer, as long as its share of the largest; the range as a whisker."""
import html

from results import number

WIDTH, LABEL, BAR = 860, 150, 600
BAR_HEIGHT, GAP, PANEL_TITLE, PANEL_GAP, MARGIN = 16, 4, 26, 18, 16
COLOURS = {"understudy": "#0b6e4f", "understudy-kept": "#3c9d7c", "kafka": "#7a7a7a", "kfake": "#b0762a", "mock": "#9a7fb0"}
SINK_COLOUR = "#c9c9c9"


def _text(x, y, content, extra=""):
    return f'<text x="{x:g}" y="{y:g}"{extra}>{html.escape(content)}</text>'


def panel_height(panel):
    return PANEL_TITLE + len(panel["bars"]) * (BAR_HEIGHT + GAP)


def _bar(name, spread, mark, largest, y):
    share = spread.median / largest if largest > 0 else 0
    middle = y + BAR_HEIGHT / 2
    colour = COLOURS.get(name, SINK_COLOUR)
    parts = [_text(LABEL - 8, middle + 4, name, ' text-anchor="end"'),
             f'<rect x="{LABEL}" y="{y:g}" width="{max(share * BAR, 1):.1f}" height="{BAR_HEIGHT}" fill="{colour}"/>']
    low, high = (LABEL + one / largest * BAR if largest > 0 else LABEL for one in (spread.low, spread.high))
    if high - low > 1:
        parts.append(f'<path d="M{low:.1f} {middle:g}H{high:.1f}" stroke="#222" stroke-width="1.5"/>')
    parts.append(_text(max(LABEL + share * BAR, high) + 6, middle + 4, number(spread.median) + mark))
    return parts


def svg(title, panels):
    """panels: [{"title": ..., "unit": ..., "is_less_better": ..., "bars": [(peer, Spread, mark)]}]"""
    panels = [panel for panel in panels if panel["bars"]]
    height = MARGIN * 2 + 24 + sum(panel_height(panel) + PANEL_GAP for panel in panels)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
             'font-family="sans-serif" font-size="12" fill="#222">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             _text(MARGIN, MARGIN + 12, title, ' font-size="16" font-weight="bold"')]
    y = MARGIN + 24
    for panel in panels:
        better = "less is better" if panel["is_less_better"] else "more is better"
        parts.append(_text(MARGIN, y + 16, f'{panel["title"]}, {panel["unit"]} ({better})', ' font-weight="bold"'))
        largest = max(spread.high for _, spread, _ in panel["bars"])
        for index, (name, spread, mark) in enumerate(panel["bars"]):
            parts += _bar(name, spread, mark, largest, y + PANEL_TITLE + index * (BAR_HEIGHT + GAP))
        y += panel_height(panel) + PANEL_GAP
    return "\n".join(parts + ["</svg>", ""])
