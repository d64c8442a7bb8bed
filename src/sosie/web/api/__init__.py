"""The API: everything that the pages do, for programs that hold a token of a party."""
