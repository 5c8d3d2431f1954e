"""The endpoints that the W3C's test suites talk to (VC API): verify for everyone, issue and presentations for tests alone."""
