#!/usr/bin/env python3
"""Runs Microsoft's own clients against a running simulator.

SIM_URL (http), SIM_TLS_URL (https) and SIM_CA (the authority's certificate, PEM) say where the
simulator is, RAPPORT_PROGRAM where the server's program is (for the webhooks). An argument runs only the promises whose sentence holds it. Ends with status 1 if any is broken.
"""

import logging
import os
import sys
import warnings

# These override what the clients are told about certificates.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
    os.environ.pop(name, None)

import promise
from simulator import Simulator

import sign_in  # noqa: F401  registers its promises
import reading  # noqa: F401
import changes  # noqa: F401
import webhooks  # noqa: F401
import sent  # noqa: F401
import large  # noqa: F401
import archives  # noqa: F401
import calendar_written  # noqa: F401


def main():
    missing = [name for name in ("SIM_URL", "SIM_TLS_URL", "SIM_CA", "RAPPORT_PROGRAM") if not os.environ.get(name)]
    if missing:
        sys.exit(f"{', '.join(missing)} not set: start the simulator and say where it is")
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    sys.exit(1 if promise.run_all(Simulator.from_environment(), " ".join(sys.argv[1:])) else 0)


if __name__ == "__main__":
    main()
