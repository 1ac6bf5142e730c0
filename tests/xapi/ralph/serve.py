"""Ralph's record store over a file: run with Ralph's own Python, its settings in the environment, the port as argument.

Its file back end, as released in 5.1.0, creates the file with the first statement and refuses to write to it again;
the setting for that has no name in the environment. Nothing else of it is touched.
"""

import sys

import uvicorn
from ralph.backends.data.base import BaseOperationType
from ralph.backends.lrs.fs import FSLRSBackend

FSLRSBackend.default_operation_type = BaseOperationType.APPEND

if __name__ == "__main__":
    uvicorn.run("ralph.api:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="info")
