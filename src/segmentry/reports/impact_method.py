"""The last chapter of the page of marketing impact: words a reader may not know."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "95% interval",
        "If the same were done again and again, 95 of 100 such intervals would hold the true figure. It is no bet on its middle.",
    ),
    (
        "Budget frontier",
        "What the best plan may bring for every budget. It rises ever more slowly, because the most promising customers are asked first.",
    ),
    ("Contact cap", "The most contacts that one customer may get within some days, whoever sends them."),
    ("Control", "Customers whom a lot left alone at the same time. What they do says what the others would have done anyway."),
    (
        "Exploratory",
        "Not declared before the start. Among many such figures some look large by chance, so they are reasons for a new experiment, not results.",
    ),
    ("Gross", "All that contacted customers spent within the window. Many of them would have bought anyway."),
    (
        "Hold-out",
        "Customers who could have been given an offer and are left alone by lot, so that it can be told later what the plan earned.",
    ),
    ("Incremental", "What treated customers did beyond customers of the control."),
    (
        "Optimism",
        "A planner that picks the highest of many noisy figures picks luck as well. What luck had added is found on customers the plan was not made from.",
    ),
    ("Placebo", "Treatments dealt anew at random. Learning from them must find nothing; if it does, the learning is at fault."),
    ("Power", "The chance that a trial of this size had of seeing the smallest effect worth knowing. Low power: silence says little."),
    ("Primary metric", "The one figure the verdict goes by. It has to be declared before the start, or luck picks it."),
    ("p", "How often chance alone would give a difference as large as this one or larger. It is not the chance that there is no effect."),
    (
        "Area under the ROC curve",
        "How often a guess puts one of two the right way round: 0.5 is a coin, 1 is never wrong.",
    ),
    ("AUTOC", "By how much those who come first in an order gain more than the average, over all depths. 0: the order says nothing."),
    ("Cramér's V", "How closely two groupings hang together: 0 not at all, 1 completely."),
    ("Incremental response rate", "Share of the treated who answered less that share of the control, as counted."),
    (
        "Net incremental revenue",
        "What the treated brought, less what treating them cost, less what the control brought, as counted in the trial.",
    ),
    (
        "Qini, AUUC",
        "How much better the order of the scores is than a random one, over all depths. Compares learners on the same data only.",
    ),
    ("ROI", "Profit per unit of money spent: 20% means that 100 spent brought 120 back after the cost of goods."),
    (
        "Sample ratio",
        "Whether the arms are as large as planned. If not, customers were lost or added on the way, and no effect can be trusted.",
    ),
    ("Shadow price", "What one more unit of a limit would bring: one more contact of a channel, one more unit of money."),
    (
        "Shrunken",
        "Drawn towards what all segments have in common, by as much as chance explains. Takes out the luck of the largest figure.",
    ),
    ("Stated assumption", "A number that somebody gave. It was not measured here."),
    ("Uplift", "By how much the treatment changes a customer. Not how likely the customer is to buy."),
)


def glossary() -> tuple[tuple[str, str], ...]:
    """Return the terms and what they mean, by the alphabet."""
    return tuple(sorted(GLOSSARY, key=lambda pair: pair[0].casefold()))
