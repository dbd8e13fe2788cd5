"""Every target by its name."""

from tests.fuzz.target import Target
from tests.fuzz.targets import answers, declared, saved, web

TARGETS: dict[str, Target] = {
    target.name: target for module in (declared, saved, answers, web) for target in module.TARGETS
}
