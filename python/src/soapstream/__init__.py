"""SOAP descriptors of point clouds, computed by the npm package soapstream in a process of Node.

`segment` runs steps of a pipeline file on pyarrow batches, `Segment` on one table after the other. `SOAP` has the names, arguments and shapes of DScribe's class.
"""

from soapstream._errors import NodeNotFound, SegmentError
from soapstream._segment import segment
from soapstream._callable import Segment
from soapstream._soap import SOAP

__all__ = ["SOAP", "NodeNotFound", "Segment", "SegmentError", "segment"]
__version__ = "0.1.0"
