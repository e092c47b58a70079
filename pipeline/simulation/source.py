"""The made-up business as a source: its tables alone, block by block."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.params_source import SimulatedParams
from pipeline.simulation import business
from pipeline.simulation.block import BLOCK, Block, simulate
from pipeline.simulation.clock import Clock
from pipeline.simulation.parts import Parts
from pipeline.simulation.tables import tables_of


def write_tables(params: SimulatedParams, folder: Path) -> None:
    """Write the tables into a folder that is there, and no truth."""
    clock = clock_of(params)
    with Parts(folder) as parts:
        for block in blocks(params):
            parts.add(block.number, tables_of(block, clock, params))


def blocks(params: SimulatedParams) -> Iterator[Block]:
    """Yield every block, the last of them whole: which of its customers are wanted is for whoever writes them."""
    for number in range(block_count(params)):
        yield simulate(number, params)


def block_count(params: SimulatedParams) -> int:
    """Return how many blocks there are."""
    return -(-params.customers // BLOCK)


def clock_of(params: SimulatedParams) -> Clock:
    """Return the clock of the business."""
    return Clock(business.first_day(params.weeks), params.weeks)
