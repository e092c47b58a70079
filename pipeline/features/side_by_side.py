"""Blocks of features put beside the customers they tell of."""

from collections.abc import Sequence

import ibis.expr.types as ir


def side_by_side(customers: ir.Table, blocks: Sequence[ir.Table]) -> ir.Table:
    """Return every customer with the columns of all blocks, null where a block does not know him.

    Each block has one row a customer and columns of its own. All are joined in one flat query: dropping the second key
    after every join nests as many queries as there are blocks, which takes four times as long to say and to plan.
    """
    joined = people = customers.select("customer_id")
    for number, block in enumerate(blocks):
        key = f"customer_id_{number}"
        named = block.rename({key: "customer_id"})
        joined = joined.left_join(named, people.customer_id == named[key])
    return joined
