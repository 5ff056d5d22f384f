"""The version of the package and of the specification that it implements."""

__version__ = "0.1.0"
__spec_version__ = "1.1"
