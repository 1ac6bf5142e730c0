// Stands for SDKs of clouds and monitors that the record store loads and, in memory, never calls.
