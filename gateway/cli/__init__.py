"""The command line: `gateway [--workspace DIR] COMMAND`."""
