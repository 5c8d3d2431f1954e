"""The cast, and what every test starts from. Settings come from the environment, before Django is set up."""

import os
import tempfile

os.environ["LMS_TESTING"] = "1"
os.environ.setdefault("LMS_DATA_DIR", tempfile.mkdtemp(prefix="lms-test-"))
