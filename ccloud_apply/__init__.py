"""Infrastructure as code for the centron ccloud.

The version stands here, in plain sight, because reading package metadata at start-up costs more
than the whole of `--version` should.
"""

__version__ = "0.1.0"
