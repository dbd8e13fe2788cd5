"""Options that commands of a fleet share."""

import click

FLEET_FILE = "fleet.yaml"


def config_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--config FILE`: where the fleet is described."""
    return click.option(
        "--config",
        metavar="FILE",
        default=FLEET_FILE,
        show_default=True,
        help="The file that describes the fleet.",
    )(function)
