"""The DIMSE listener: films in by C-STORE, on to the gateway over HTTP, results back to the PACS, and a ledger of all of it."""
