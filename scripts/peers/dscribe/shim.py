"""The package's SOAP with what DScribe's tests look at besides: options are checked when it is made, not at the first call, and some
private attributes are there.
"""

import numpy as np
import soapstream
from bridge import ask, decode


class SOAP(soapstream.SOAP):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._asked = {name: value for name, value in self._options.items() if value is not None}
        known = ask("configure", self._asked)
        self._r_cut = known["rCut"]
        self._species_weights = np.array(known.get("factors") or np.ones(len(self._numbers)))
        assert self.get_number_of_features() == known["featureCount"]

    @property
    def _alphas(self):
        return decode(ask("basis", self._asked)["alpha"])

    @property
    def _betas(self):
        return decode(ask("basis", self._asked)["beta"])
