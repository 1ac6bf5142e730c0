"""The statements of both stores: functions of a connection, nothing else."""
